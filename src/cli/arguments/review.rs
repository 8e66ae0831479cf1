//! What can be said to the commands that read Terraform plans.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::review::policy::Date;

#[derive(Debug, Args)]
pub(in crate::cli) struct GateOptions {
    #[command(flatten)]
    pub(in crate::cli) plan: PlanOptions,
    #[command(flatten)]
    pub(in crate::cli) policy: PolicyOptions,
    #[command(flatten)]
    pub(in crate::cli) output: OutputOptions,
    /// Judge what the plan adds to another plan, such as that of the main branch, instead of to its own prior state
    #[arg(long, value_name = "PLAN")]
    pub(in crate::cli) compare_to: Option<PathBuf>,
    /// Write a baseline that accepts the findings of this run, and judge by it
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) write_baseline: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ReviewOptions {
    #[command(flatten)]
    pub(in crate::cli) plan: PlanOptions,
    #[command(flatten)]
    pub(in crate::cli) output: OutputOptions,
    /// Write the better placement into the configuration, where a patch could be made
    #[arg(long)]
    pub(in crate::cli) fix: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DiffOptions {
    /// The plan to start from, as JSON
    pub(in crate::cli) base: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) head: PlanOptions,
    #[command(flatten)]
    pub(in crate::cli) output: OutputOptions,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyPlanOptions {
    /// The plan as `terraform show -json` writes it; `-` is standard input
    #[arg(default_value = "-")]
    pub(in crate::cli) plan: PathBuf,
    /// Changes of the catalog, where the provider's configuration makes some: HCL or JSON with the arguments of `catalog`
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) catalog: Option<PathBuf>,
    /// As JSON: the `placements` of `stowage schema report`
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// Which plan is read, and what is known beside it.
#[derive(Debug, Args)]
pub(in crate::cli) struct PlanOptions {
    /// The plan as `terraform show -json` writes it; `-` is standard input
    #[arg(default_value = "-")]
    pub(in crate::cli) plan: PathBuf,
    /// The folder of the configuration the plan was made of: places of findings, and patches. By default the current folder, if it has `.tf` files
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// A problem file whose users and workloads say what the fleet is for
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) workloads: Option<PathBuf>,
    /// Changes of the catalog, such as own prices: HCL or JSON with the arguments of `catalog`
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) catalog: Option<PathBuf>,
    /// Do not compute the distance to the cheapest placement
    #[arg(long)]
    pub(in crate::cli) no_distance: bool,
    /// What the plan is called in reports, such as the name of its workspace, instead of its file
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) title: Option<String>,
}

/// What the plan is judged by.
#[derive(Debug, Args)]
pub(in crate::cli) struct PolicyOptions {
    /// The policy: HCL or JSON, as `stowage schema policy` says
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) policy: Option<PathBuf>,
    /// A policy in Rego; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) rego: Vec<PathBuf>,
    /// Findings that were accepted before, as `--write-baseline` wrote them
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) baseline: Option<PathBuf>,
    /// The day that waivers are held against, as 2027-01-31, instead of the system's (UTC)
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) today: Option<Date>,
    /// Whatever is unknown leaves the gate undecided, also what a policy, a waiver or a baseline accepts
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    /// End with exit code 4 if warnings count and nothing worse
    #[arg(long)]
    pub(in crate::cli) fail_on_warn: bool,
}

/// How the review is written, and where to.
#[derive(Debug, Args)]
pub(in crate::cli) struct OutputOptions {
    /// How it is written to standard output
    #[arg(long, value_enum, default_value_t = ReviewFormat::Table)]
    pub(in crate::cli) format: ReviewFormat,
    /// Write it to a file too; may be given several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output)]
    pub(in crate::cli) output: Vec<(ReviewFormat, PathBuf)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ReviewFormat {
    /// For people at a terminal
    Table,
    /// For programs, as `stowage schema gate` says
    Json,
    /// For a comment on a pull request
    Markdown,
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// For test reports of pipelines
    Junit,
    /// For GitLab's code quality report
    Gitlab,
    /// For annotations by GitHub: workflow commands
    Github,
    /// For a browser: one file
    Html,
}

fn output(text: &str) -> Result<(ReviewFormat, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("write FORMAT=FILE, such as sarif=report.sarif")?;
    if file.is_empty() {
        return Err("the file has no name; write FORMAT=FILE, such as sarif=report.sarif".to_owned());
    }
    let known = || ReviewFormat::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let unknown = || {
        let names: Vec<String> = known().map(|value| value.get_name().to_owned()).collect();
        format!("there is no format `{format}`; the formats are {}", names.join(", "))
    };
    Ok((ReviewFormat::from_str(format, true).map_err(|_| unknown())?, PathBuf::from(file)))
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ServeAction {
    /// Serve HCP Terraform and Terraform Enterprise as a run task that judges plans
    RunTask(RunTaskOptions),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RunTaskOptions {
    /// Where to listen; put a proxy that ends TLS before it
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub(in crate::cli) listen: std::net::SocketAddr,
    /// The file with the HMAC key of the run task; without it, the environment variable `STOWAGE_RUN_TASK_HMAC_KEY`
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) hmac_key_file: Option<PathBuf>,
    /// Accept requests that nobody signed: for a task without HMAC key on a network of its own
    #[arg(long)]
    pub(in crate::cli) unsigned: bool,
    /// The only hosts plans are fetched from and results sent to; HTTPS, unless it is a loopback address
    #[arg(long, value_name = "HOST[:PORT]", default_values = ["app.terraform.io", "app.eu.terraform.io"])]
    pub(in crate::cli) host: Vec<String>,
    /// A PEM file with the certificates that the host's is checked against, instead of the public ones
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) ca_cert: Option<PathBuf>,
    /// Judge this many plans at once; more are refused until one has ended, and asked again by HCP Terraform
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(in crate::cli) most_at_once: u16,
    /// The largest plan, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(in crate::cli) largest_plan: u32,
    /// Seconds after which a plan that is not judged is refused; HCP Terraform waits for ten minutes
    #[arg(long, value_name = "SECONDS", default_value_t = 540, value_parser = clap::value_parser!(u64).range(1..=590))]
    pub(in crate::cli) deadline: u64,
    /// A problem file whose users and workloads say what the fleets are for
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) workloads: Option<PathBuf>,
    /// Changes of the catalog, such as own prices: HCL or JSON with the arguments of `catalog`
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) catalog: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) policy: PolicyOptions,
}
