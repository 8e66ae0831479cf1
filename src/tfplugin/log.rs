//! Log lines in the form the host reads from standard error: one JSON object per line.
//!
//! `@level`, `@message`, `@module`, `@timestamp` are always text (a host ends in a panic of its own otherwise) and the timestamp has
//! exactly six fractional digits (or the line loses its level). Everything else becomes `key=value`.
//!
//! Silent unless `TF_LOG_PROVIDER_<NAME>`, `TF_LOG_PROVIDER` or `TF_LOG` (the first that is set decides) names a level.
#![expect(
    clippy::disallowed_methods,
    reason = "the log is an edge: it reads its level from the environment and the time of each line"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value as Json};

use super::ty::cut;

/// How much a line matters, from the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Every step.
    Trace,
    /// Every call.
    Debug,
    /// Start and end.
    Info,
    /// Something odd.
    Warn,
    /// Something wrong.
    Error,
}

/// The host reads lines of up to 64 KiB; escapes can make six bytes of one.
const LONGEST_TEXT: usize = 8 * 1024;

/// Writes log lines of one provider to standard error.
#[derive(Debug, Clone)]
pub struct Log {
    module: String,
    /// The least level that is written; `None`: nothing is.
    threshold: Option<Level>,
}

impl Log {
    /// The log of the provider `name`, as verbose as the environment asks.
    pub fn from_environment(name: &str) -> Self {
        let own = format!("TF_LOG_PROVIDER_{}", name.to_uppercase().replace('-', "_"));
        let asked = [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"]
            .into_iter()
            .find_map(|variable| std::env::var(variable).ok().filter(|value| !value.is_empty()));
        Self { module: format!("provider.{name}"), threshold: asked.and_then(|asked| threshold(&asked)) }
    }

    /// A log that writes nothing.
    pub fn silent() -> Self {
        Self { module: String::new(), threshold: None }
    }

    /// Whether lines of this level are written; spares the work of making one.
    pub fn writes(&self, level: Level) -> bool {
        self.threshold.is_some_and(|threshold| level >= threshold)
    }

    /// Writes one line with further fields.
    pub fn write(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        if self.writes(level) {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let mut line = line(&self.module, level, message, fields, now);
            line.push('\n');
            // A host that reads no more is no reason to fail.
            let _ = std::io::stderr().lock().write_all(line.as_bytes());
        }
    }

    /// A line for those who look for an error of ours.
    pub fn debug(&self, message: &str, fields: &[(&str, &str)]) {
        self.write(Level::Debug, message, fields);
    }

    /// A line that tells where the work stands.
    pub fn info(&self, message: &str, fields: &[(&str, &str)]) {
        self.write(Level::Info, message, fields);
    }

    /// A line about something odd.
    pub fn warn(&self, message: &str, fields: &[(&str, &str)]) {
        self.write(Level::Warn, message, fields);
    }
}

/// The level that a variable asks for. What is no level asks for everything, as it does to the host.
fn threshold(asked: &str) -> Option<Level> {
    match asked.to_ascii_uppercase().as_str() {
        "OFF" | "NONE" => None,
        "ERROR" => Some(Level::Error),
        "WARN" => Some(Level::Warn),
        "INFO" => Some(Level::Info),
        "DEBUG" => Some(Level::Debug),
        _ => Some(Level::Trace),
    }
}

fn line(module: &str, level: Level, message: &str, fields: &[(&str, &str)], since_1970: Duration) -> String {
    let level = match level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    let text = |text: &str| Json::from(cut(text, LONGEST_TEXT));
    let mut object = Map::new();
    object.insert("@level".to_owned(), level.into());
    object.insert("@message".to_owned(), text(message));
    object.insert("@module".to_owned(), module.into());
    object.insert("@timestamp".to_owned(), timestamp(since_1970).into());
    for (key, value) in fields.iter().filter(|(key, _)| !key.starts_with('@')) {
        object.insert((*key).to_owned(), text(value));
    }
    Json::Object(object).to_string()
}

/// `2006-01-02T15:04:05.000000Z`: universal time with six fractional digits.
fn timestamp(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs();
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    let _ = write!(text, ".{:06}Z", since_1970.subsec_micros());
    text
}

/// The Gregorian date of a day counted from 1 January 1970.
///
/// Years are counted from 1 March, so that the leap day ends one, in eras of 400 years or 146 097 days. With months from March,
/// the first day of month m is day (153 m + 2) / 5 of the year.
fn date(days_since_1970: u64) -> (u64, u64, u64) {
    let days = days_since_1970 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_keys_the_host_needs() {
        let fields = [("type", "data \"x\""), ("@level", "ignored")];
        let line = line("provider.x", Level::Info, "a\nb", &fields, Duration::from_micros(1_709_251_199_000_042));
        let expected = r#"{"@level":"info","@message":"a\nb","@module":"provider.x","@timestamp":"2024-02-29T23:59:59.000042Z","type":"data \"x\""}"#;
        assert_eq!(line, expected);
        let long = super::line("m", Level::Info, &"\u{1}".repeat(100_000), &[], Duration::ZERO);
        assert!(long.len() < 64 * 1024);
    }

    #[test]
    fn dates_follow_the_calendar() {
        let cases = [
            (0, (1970, 1, 1)),
            (58, (1970, 2, 28)),
            (59, (1970, 3, 1)),
            (11_016, (2000, 2, 29)),
            (20_000, (2024, 10, 4)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ];
        for (day, expected) in cases {
            assert_eq!(date(day), expected);
        }
    }

    #[test]
    fn the_variable_names_a_level() {
        assert_eq!(threshold("warn"), Some(Level::Warn));
        assert_eq!(threshold("JSON"), Some(Level::Trace));
        assert_eq!(threshold("off"), None);
        assert!(!Log::silent().writes(Level::Error));
    }
}
