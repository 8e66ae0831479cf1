//! Further resources of machines and replicas, by name: disk, network, licences. What a machine does not name it does not have.

use std::collections::BTreeMap;

use crate::units::Amount;

/// Amounts of resources by name. An amount of zero is the same as no entry, so it is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resources(BTreeMap<String, Amount>);

impl Resources {
    /// The amount of the resource called `name`: zero if there is none.
    pub fn get(&self, name: &str) -> Amount {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// Names and amounts, by name; every amount is above zero.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Amount)> {
        self.0.iter().map(|(name, &amount)| (name.as_str(), amount))
    }

    /// True if nothing is asked for or on board.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets the amount of one resource; zero takes it away.
    pub fn set(&mut self, name: &str, amount: Amount) {
        if amount == Amount::default() {
            self.0.remove(name);
        } else {
            self.0.insert(name.to_owned(), amount);
        }
    }
}

impl FromIterator<(String, Amount)> for Resources {
    fn from_iter<T: IntoIterator<Item = (String, Amount)>>(amounts: T) -> Self {
        Self(amounts.into_iter().filter(|(_, amount)| *amount > Amount::default()).collect())
    }
}
