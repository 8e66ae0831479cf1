//! The server: check, accept, judge apart, answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answer;
use super::hcp::Hcp;
use super::request::{Request, Task};
use super::secret::Secret;
use crate::cli::gate::Judge;
use crate::cli::output::say;
use crate::cli::plan::Beside;
use crate::diagnostic::SourceFile;
use crate::review::policy::Date;

/// The header with the signature of the body.
const SIGNATURE: &str = "x-tfc-task-signature";

/// Largest payload: ten times what HCP Terraform sends.
const LARGEST_PAYLOAD: usize = 64 * 1024;

/// Longest a body may take to arrive.
const LONGEST_BODY: Duration = Duration::from_secs(10);

/// Everything a request needs.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) key: Option<Secret>,
    pub(super) hcp: Hcp,
    pub(super) beside: Beside,
    pub(super) judge: Judge,
    /// The day waivers are held against; none means the day of the request.
    pub(super) today: Option<Date>,
    pub(super) fail_on_warn: bool,
    /// Places for plans that are judged at the same time.
    pub(super) free: Arc<Semaphore>,
    pub(super) deadline: Duration,
}

/// Serves `listener` until the process is told to stop; what was accepted is answered first.
pub(super) async fn run(listener: tokio::net::TcpListener, service: Service) -> std::io::Result<()> {
    let most = service.free.available_permits();
    let free = Arc::clone(&service.free);
    let router =
        Router::new().route("/", post(accept)).route("/health", get(|| async { "ok\n" })).with_state(Arc::new(service));
    axum::serve(listener, router).with_graceful_shutdown(told_to_stop()).await?;
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    // Each judgement holds a place: all places free means that all are answered.
    let _ = free.acquire_many(most).await;
    Ok(())
}

async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}

/// Answers a request at once, and judges the plan afterwards.
async fn accept(State(service): State<Arc<Service>>, headers: HeaderMap, body: Body) -> (StatusCode, String) {
    let refused = |status, why: &str| {
        say(&format!("refused: {why}"));
        (status, format!("{why}\n"))
    };
    let body = match tokio::time::timeout(LONGEST_BODY, to_bytes(body, LARGEST_PAYLOAD)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return refused(StatusCode::PAYLOAD_TOO_LARGE, "the payload is too large or broke off"),
        Err(_) => return refused(StatusCode::REQUEST_TIMEOUT, "the payload took too long"),
    };
    if let Some(key) = &service.key {
        let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !key.signed(&body, signature) {
            return refused(StatusCode::UNAUTHORIZED, "the signature is missing or wrong");
        }
    }
    let task = match Request::read(&body) {
        Ok(Request::Test) => {
            say("a test request was answered");
            return (StatusCode::OK, String::new());
        }
        Ok(Request::Judge(task)) => task,
        Err(why) => return refused(StatusCode::BAD_REQUEST, &why),
    };
    for address in std::iter::once(&task.callback_url).chain(&task.plan_url) {
        if let Err(why) = service.hcp.may_reach(address) {
            return refused(StatusCode::BAD_REQUEST, &why);
        }
    }
    let Ok(place) = Arc::clone(&service.free).try_acquire_owned() else {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "as many plans as may be are judged already");
    };
    tokio::spawn(async move { perform(&service, task, place).await });
    (StatusCode::OK, String::new())
}

/// Judges a plan and sends the result, whatever happens.
async fn perform(service: &Arc<Service>, task: Task, place: OwnedSemaphorePermit) {
    let judging = tokio::task::spawn_blocking({
        let (service, task) = (Arc::clone(service), task.clone());
        move || {
            let result = result(&service, &task);
            // The place is taken until the work has really ended, also after the deadline.
            (result, place)
        }
    });
    let (result, place) = match tokio::time::timeout(service.deadline, judging).await {
        Ok(Ok((Ok(result), place))) => (result, Some(place)),
        Ok(Ok((Err(error), place))) => (answer::failed(&task.token.hidden_in(&format!("{error:#}"))), Some(place)),
        Ok(Err(_)) => (answer::failed("internal error: the judgement broke off; please report it"), None),
        Err(_) => (answer::failed("the plan was not judged in time"), None),
    };
    let said = format!("{}: {}", task.title, result["data"]["attributes"]["message"].as_str().unwrap_or_default());
    say(&said.chars().map(|character| if character.is_control() { ' ' } else { character }).collect::<String>());
    let hcp = service.hcp.clone();
    let sent = tokio::task::spawn_blocking(move || {
        let sent = hcp.answer(&task.callback_url, &task.token, &result);
        drop(place);
        sent
    });
    if let Ok(Err(error)) = sent.await {
        say(&format!("the result could not be sent: {error:#}"));
    }
}

fn result(service: &Service, task: &Task) -> anyhow::Result<serde_json::Value> {
    let Some(address) = &task.plan_url else {
        anyhow::bail!("there is no plan in the stage {:?}: set the stage of the run task to post-plan", task.stage);
    };
    let plan = SourceFile::new("plan.json", service.hcp.plan(address, &task.token)?);
    let report = service.beside.review(&plan)?;
    let today = service.today.unwrap_or_else(crate::cli::gate::system_day);
    let judgement = service.judge.judge(&plan, &report, today)?;
    Ok(answer::judged(&judgement, service.fail_on_warn))
}
