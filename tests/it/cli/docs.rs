//! `docs/cli.md` lists every command and option as the program does. `UPDATE_DOCS=1` writes it.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Arg, Command};

const BEGIN: &str = "<!-- commands: made by `make docs` -->\n";
const END: &str = "<!-- end of commands -->\n";

#[test]
fn the_page_of_commands_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has a mark before the commands");
    let (_, after) = rest.split_once(END).expect("the page has a mark after the commands");
    let current = format!("{before}{BEGIN}\n{}{END}{after}", commands());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &current).unwrap();
    } else {
        assert!(page == current, "docs/cli.md is stale: run `make docs`");
    }
}

fn commands() -> String {
    let mut text = String::new();
    let mut program = stowage::cli::command();
    program.build();
    for command in program.get_subcommands() {
        write_command(&mut text, command);
    }
    text
}

fn write_command(text: &mut String, command: &Command) {
    if command.has_subcommands() {
        command.get_subcommands().for_each(|command| write_command(text, command));
        return;
    }
    let name = command.get_display_name().unwrap_or_default().replace('-', " ");
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").trim();
    let _ = write!(text, "### `{name}`\n\n{about}.\n\n```text\n{usage}\n```\n\n");
    let rows: Vec<String> = command.get_arguments().filter(|argument| argument.get_id() != "help").map(row).collect();
    if !rows.is_empty() {
        let _ = write!(text, "| argument | |\n|---|---|\n{}\n", rows.concat());
    }
}

fn row(argument: &Arg) -> String {
    let value = argument.get_value_names().and_then(<[_]>::first).map(ToString::to_string);
    let takes_value = argument.get_action().takes_values();
    let name = match (argument.get_long(), argument.get_short()) {
        (Some(long), short) => {
            let short = short.map(|short| format!("-{short}, ")).unwrap_or_default();
            let value = value.filter(|_| takes_value).map(|value| format!(" {value}")).unwrap_or_default();
            format!("{short}--{long}{value}")
        }
        (None, _) => value.unwrap_or_default(),
    };
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let words: Vec<String> =
        argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    let mut facts = Vec::new();
    if takes_value && !words.is_empty() {
        facts.push(format!("One of {}.", words.join(", ")));
    }
    let defaults: Vec<String> =
        argument.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    if takes_value && !defaults.is_empty() {
        facts.push(format!("Default: {}.", defaults.join(", ")));
    }
    facts.insert(0, format!("{}.", help.trim_end_matches('.').replace('|', "\\|")));
    format!("| `{name}` | {} |\n", facts.join(" "))
}
