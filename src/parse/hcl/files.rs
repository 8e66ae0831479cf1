//! Files that expressions name: `file`, `fileexists` and `templatefile`.
//!
//! Nothing is opened here: whoever hands in the texts of a module may hand in a way to read what stands beside it. Without one these functions are refused by name, as
//! in texts that must say everything themselves.
//!
//! A template sees the values of its own map and nothing of the module, and cannot name further files, as in Terraform.

use std::fmt;
use std::sync::Arc;

use hcl_edit::expr::{Expression, FuncCall};

use super::eval::{Bound, Call, Evaluated, Evaluator, Scope};
use super::functions::LARGEST;
use super::module::{Module, Site};
use super::value::Value;
use crate::diagnostic::quoted;

/// A way to the text of a file, by its path as it is written: relative to the module's folder. `None` if there is no such file.
pub type ReadFile<'a> = dyn Fn(&str) -> Result<Option<Vec<u8>>, String> + 'a;

/// Most variables of a template: each is a scope within the one before.
const MOST_VARIABLES: usize = 1_000;

/// What expressions may read.
#[derive(Clone, Copy, Default)]
pub(super) struct Files<'a>(Option<&'a ReadFile<'a>>);

impl fmt::Debug for Files<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Files" } else { "no files" })
    }
}

impl<'a> Files<'a> {
    pub(super) const fn read_by(read: &'a ReadFile<'a>) -> Self {
        Self(Some(read))
    }

    /// Whether there are any, so that `path.module` means something.
    pub(super) const fn are_known(self) -> bool {
        self.0.is_some()
    }

    /// Whether a function of this name reads files that may be read.
    pub(super) fn has(self, name: &str) -> bool {
        self.are_known() && matches!(name, "file" | "fileexists" | "templatefile")
    }
}

impl Call<'_, '_> {
    /// What a function makes of a file.
    pub(super) fn of_file(self, name: &str, call: &FuncCall, whole: &Expression, bound: Bound<'_>) -> Evaluated {
        let fault = |message: String| Err(self.fault("call", format!("{name}: {message}"), whole));
        let arguments: Vec<&Expression> = call.args.iter().collect();
        let (path, variables) = match (name, arguments.as_slice()) {
            ("templatefile", [path, variables]) => (*path, Some(*variables)),
            ("file" | "fileexists", [path]) => (*path, None),
            _ => return fault("the arguments are a path, and for a template a map of its variables".to_owned()),
        };
        let value = self.value(path, bound)?;
        let Some(path) = value.as_text() else { return Err(self.expected("a path", &value, path)) };
        let found = self.evaluator.files.0.map_or(Ok(None), |read| read(&path));
        let found = match found {
            Ok(found) => found,
            Err(why) => return fault(format!("{} cannot be read: {why}", quoted(&path, '`'))),
        };
        if name == "fileexists" {
            return Ok(Value::Bool(found.is_some()));
        }
        let Some(bytes) = found else {
            let missing = self.fault("call", format!("{name}: there is no file {}", quoted(&path, '`')), whole);
            let help = "paths are relative to the folder of the configuration, which is path.module";
            return Err(Box::new(missing.help(help)));
        };
        // Words of eight bytes.
        if bytes.len() as u64 / 8 > LARGEST {
            return fault(format!("{} is too large", quoted(&path, '`')));
        }
        self.spend(bytes.len() as u64 / 8, whole)?;
        let Ok(text) = String::from_utf8(bytes) else {
            return fault(format!("{} is not UTF-8", quoted(&path, '`')));
        };
        match variables {
            None => Ok(Value::text(text)),
            Some(variables) => self.of_template(&path, text, variables, whole, bound),
        }
    }

    fn of_template(
        self,
        path: &str,
        text: String,
        variables: &Expression,
        whole: &Expression,
        bound: Bound<'_>,
    ) -> Evaluated {
        let given = self.value(variables, bound)?;
        let Value::Map(map) = &given else { return Err(self.expected("a map", &given, variables)) };
        if map.len() > MOST_VARIABLES {
            let message = format!("templatefile: more than {MOST_VARIABLES} variables are given");
            return Err(self.fault("limit", message, whole));
        }
        let template = match text.parse::<hcl_edit::template::Template>() {
            Ok(template) => template,
            Err(error) => {
                let message = format!("templatefile: {} is no template: {}", quoted(path, '`'), error.message());
                return Err(self.fault("call", message, whole));
            }
        };
        let nothing = Module::default();
        let evaluator = Evaluator::new(&nothing);
        let site = Site { name: Arc::from(path), content: text };
        let inside = Call { evaluator: &evaluator, site: &site };
        let entries: Vec<(&String, &Value)> = map.iter().collect();
        let made = with(&entries, None, &mut |scope| inside.template_value(&template, false, whole, scope));
        let made = made.map_err(|fault| {
            // Its places are those of the template, which is quoted nowhere else.
            self.fault("call", format!("templatefile: {}: {}", quoted(path, '`'), fault.message), whole)
        })?;
        self.spend(evaluator.spent().saturating_add(made.size()), whole)?;
        Ok(made)
    }
}

/// Calls `then` with a scope that binds all `entries`.
fn with(
    entries: &[(&String, &Value)],
    scope: Option<&Scope<'_>>,
    then: &mut dyn FnMut(Option<&Scope<'_>>) -> Evaluated,
) -> Evaluated {
    match entries {
        [] => then(scope),
        [(name, value), rest @ ..] => with(rest, Some(&Scope::with(scope, name, value)), then),
    }
}
