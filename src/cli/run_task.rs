//! `stowage serve run-task`: a run task of HCP Terraform and Terraform Enterprise that judges plans.
//!
//! ```text
//! HCP ── POST /  payload, signed with HMAC-SHA512 ──→ stowage        answered 200 at once
//! HCP ←─ GET plan_json_api_url, with the task's token ── stowage
//! HCP ←─ PATCH task_result_callback_url: passed or failed, with outcomes ── stowage
//! ```
//!
//! It fails closed: a plan that cannot be fetched, read or judged in time is answered `failed`, with the reason. Everything is bounded: the size
//! of a request and of a plan, the number of plans at once, and the time for each. The token and the key are in no message and no log.

mod answer;
mod hcp;
mod request;
mod secret;
mod service;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};

use self::hcp::Hcp;
use self::secret::Secret;
use self::service::Service;
use super::arguments::RunTaskOptions;
use super::exit::Exit;
use super::gate::Judge;
use super::output::say;
use super::plan::Beside;

/// The variable that holds the key where no file does.
const KEY_VARIABLE: &str = "STOWAGE_RUN_TASK_HMAC_KEY";

/// Serves until it is interrupted.
pub(super) fn serve(options: &RunTaskOptions) -> anyhow::Result<Exit> {
    let key = key(options)?;
    let ca_cert = options
        .ca_cert
        .as_ref()
        .map(|path| std::fs::read(path).with_context(|| format!("{} cannot be read", path.display())))
        .transpose()?;
    let service = Service {
        key,
        hcp: Hcp::new(&options.host, ca_cert.as_deref(), u64::from(options.largest_plan) << 20)?,
        beside: Beside::with(options.catalog.as_deref(), options.workloads.as_deref())?,
        judge: Judge::read(&options.policy)?,
        today: options.policy.today,
        fail_on_warn: options.policy.fail_on_warn,
        free: Arc::new(tokio::sync::Semaphore::new(options.most_at_once.into())),
        deadline: Duration::from_secs(options.deadline),
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("threads cannot be started")?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(options.listen)
            .await
            .with_context(|| format!("{} cannot be listened on", options.listen))?;
        let address = listener.local_addr().context("the address is unknown")?;
        say(&format!("listening on http://{address}"));
        service::run(listener, service).await.context("the server stopped")
    })?;
    Ok(Exit::Fine)
}

/// The key that requests are signed with; nothing if unsigned ones are asked for.
fn key(options: &RunTaskOptions) -> anyhow::Result<Option<Secret>> {
    let text = match &options.hmac_key_file {
        Some(path) => {
            Some(std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?)
        }
        None => std::env::var(KEY_VARIABLE).ok(),
    };
    let key = text.map(|text| text.trim_end_matches(['\r', '\n']).to_owned()).filter(|text| !text.is_empty());
    match (key, options.unsigned) {
        (Some(key), false) => Ok(Some(Secret::new(key))),
        (None, true) => Ok(None),
        (Some(_), true) => bail!("a key is given, and --unsigned too; leave one of them out"),
        (None, false) => {
            bail!(
                "no HMAC key is given: name a file with --hmac-key-file, set {KEY_VARIABLE}, or accept anybody with --unsigned"
            )
        }
    }
}
