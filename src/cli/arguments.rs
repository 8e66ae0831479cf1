//! What can be said on the command line. `docs/cli.md` is made from this file.

use std::path::PathBuf;

mod review;

pub(super) use review::{
    DiffOptions, GateOptions, OutputOptions, PlanOptions, PolicyOptions, ReviewFormat, ReviewOptions, RunTaskOptions,
    ServeAction, VerifyPlanOptions,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Computes the provably cheapest placement of a distributed system.
#[derive(Debug, Parser)]
#[command(name = "stowage", version, disable_help_subcommand = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 fine; 1 wrong usage or input; 2 infeasible, policy violated, or a result that does not hold; \
                    3 undecided or unknown; 4 warnings under --fail-on-warn."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Place the workloads of a problem
    Solve(SolveOptions),
    /// Try what a placement outlives, how far it carries, and up to which prices it stays the cheapest
    Simulate(SimulateOptions),
    /// Compute what one promise costs at each of its values
    Frontier(FrontierOptions),
    /// Judge a Terraform plan by a policy: for pipelines
    Gate(GateOptions),
    /// Review a Terraform plan: for people
    Review(ReviewOptions),
    /// Say what one Terraform plan adds to another
    Diff(DiffOptions),
    /// Compute every placement in a Terraform plan again, and confirm it
    VerifyPlan(VerifyPlanOptions),
    /// Check a result again: every rule, every cost line, every claim, without trust in what made it
    Verify(VerifyOptions),
    /// Print the JSON Schema of a document
    Schema {
        /// Which document
        of: SchemaOf,
    },
    /// Install this program as a provider for Terraform and OpenTofu
    Install(InstallOptions),
    /// Show, check or rebuild the tables of the catalog
    Catalog {
        #[command(subcommand)]
        action: CatalogAction,
    },
    /// Serve the provider to a Terraform that is told where to find it, or run tasks to HCP Terraform
    Serve(ServeOptions),
    /// Print a completion script
    Completion {
        /// The shell it is for
        shell: Shell,
    },
    /// Print the versions of the program and its catalog
    Version {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// How problems are stated, whatever names their files.
#[derive(Debug, Args)]
pub(super) struct StatementOptions {
    /// Give a variable a value; goes before all files
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    pub(super) variables: Vec<(String, String)>,
    /// Read values of variables from a `.tfvars` or `.tfvars.json` file; later files go before earlier ones
    #[arg(long = "var-file", value_name = "FILE")]
    pub(super) variable_files: Vec<PathBuf>,
    /// Solve only this data block, where there are several
    #[arg(long, value_name = "NAME")]
    pub(super) block: Option<String>,
    /// An earlier result, in the place of whatever the problem says in `previous`; where several problems are solved, what was written of
    /// them together
    #[arg(long, value_name = "FILE")]
    pub(super) previous: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct SolveOptions {
    /// An HCL problem file, a folder of `.tf` files with `stowage_placement` data blocks, one `.tf` file, a JSON problem, or `-` for HCL or
    /// JSON on standard input
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) statement: StatementOptions,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
    /// Say why here, why not elsewhere and what binds (JSON and Markdown always do)
    #[arg(long)]
    pub(super) explain: bool,
    /// Work with this many threads instead of one per processor; the answer is the same
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// Show no progress and no warnings
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct SimulateOptions {
    /// Problems, as `stowage solve` reads them; each is solved first
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) statement: StatementOptions,
    /// How the outcome is written
    #[arg(long, value_enum, default_value_t = SimulationFormat::Table)]
    pub(super) format: SimulationFormat,
    /// Work with this many threads instead of one per processor; the outcome is the same
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// Show no progress and no warnings
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SimulationFormat {
    /// For people
    Table,
    /// For programs, as `stowage schema simulation` says
    Json,
}

#[derive(Debug, Args)]
pub(super) struct FrontierOptions {
    /// A problem, as `stowage solve` reads it
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) statement: StatementOptions,
    /// What the cost is held against, for all workloads alike
    #[arg(long, value_enum, default_value_t = FrontierAgainst::Carbon)]
    pub(super) against: FrontierAgainst,
    /// How the points are written
    #[arg(long, value_enum, default_value_t = FrontierFormat::Table)]
    pub(super) format: FrontierFormat,
    /// Work with this many threads instead of one per processor; the points are the same
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// Show no warnings
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FrontierAgainst {
    /// Emissions, by the price of carbon
    Carbon,
    /// `max_rtt_ms` of every workload that has one
    MaxRtt,
    /// `survive.zones` of every workload that can promise it
    SurviveZones,
    /// `survive.regions` of every workload that can promise it
    SurviveRegions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FrontierFormat {
    /// For people
    Table,
    /// For programs, as `stowage schema frontier` says
    Json,
    /// For spreadsheets
    Csv,
    /// A chart
    Svg,
}

#[derive(Debug, Args)]
pub(super) struct VerifyOptions {
    /// A result in JSON, `-` for standard input; or its problem (as `stowage solve` reads it), then the result. A result alone is checked
    /// against the problem that its certificate holds
    #[arg(value_name = "FILE", num_args = 1..=2, required = true)]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) statement: StatementOptions,
    /// Prove the bound again by solving the problem again; a result without a placement is always proved again
    #[arg(long)]
    pub(super) prove: bool,
    /// Say nothing of results that hold
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Table,
    /// For programs, as `stowage schema result` says
    Json,
    /// For a comment on a pull request
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    /// What `stowage solve` reads as JSON
    Problem,
    /// What `stowage solve --format json` writes
    Result,
    /// What `stowage simulate --format json` writes
    Simulation,
    /// What `stowage frontier --format json` writes
    Frontier,
    /// What `stowage gate --policy` reads
    Policy,
    /// What `stowage gate --baseline` reads
    Baseline,
    /// What Rego policies find under `input.stowage`
    Report,
    /// What `stowage gate --format json` writes
    Gate,
}

#[derive(Debug, Args)]
pub(super) struct InstallOptions {
    /// The plugin directory, if not the one that Terraform and OpenTofu search in the home directory
    #[arg(long)]
    pub(super) dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
pub(super) struct ServeOptions {
    /// Print what to set so that Terraform uses this process, and serve until interrupted
    #[arg(long, required = true)]
    pub(super) debug: bool,
    #[command(subcommand)]
    pub(super) action: Option<ServeAction>,
}

#[derive(Debug, Subcommand)]
pub(super) enum CatalogAction {
    /// Print version, digest, size and sources of the embedded catalog
    Show,
    /// Check tables: form, references, order, plausibility
    Validate {
        /// The folder of tables
        #[arg(default_value = "data")]
        dir: PathBuf,
    },
    /// Make tables from the files of their sources
    Import {
        /// The folder of source files
        dir: PathBuf,
        /// The folder of tables to write
        #[arg(long, value_name = "DATA_DIR")]
        to: PathBuf,
    },
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE, such as demand=1200".to_owned()),
    }
}
