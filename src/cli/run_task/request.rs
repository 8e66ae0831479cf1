//! What HCP Terraform sends to a run task: payload version 1.

use serde::Deserialize;

use super::secret::Secret;

/// The version that is understood.
const VERSION: u64 = 1;

/// What `stage` and `task_result_enforcement_level` hold when HCP Terraform only tries the address out.
const TEST: &str = "test";

/// The token it sends then.
const TEST_TOKEN: &str = "test-token";

/// The part of a payload that matters here.
#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "payload_version")]
    version: u64,
    access_token: String,
    #[serde(default)]
    stage: String,
    #[serde(default)]
    task_result_enforcement_level: String,
    #[serde(default)]
    task_result_callback_url: String,
    #[serde(default)]
    plan_json_api_url: Option<String>,
    #[serde(default)]
    workspace_name: Option<String>,
    #[serde(default)]
    run_id: Option<String>,
}

/// What is asked.
#[derive(Debug)]
pub(super) enum Request {
    /// Whether this address answers.
    Test,
    /// A judgement.
    Judge(Task),
}

/// A plan to judge.
#[derive(Clone, Debug)]
pub(super) struct Task {
    /// For the two requests below, and nothing else.
    pub(super) token: Secret,
    /// Where the plan is; none before there is one.
    pub(super) plan_url: Option<String>,
    /// Where the result goes.
    pub(super) callback_url: String,
    /// When the task runs, such as `post_plan`.
    pub(super) stage: String,
    /// The workspace, or else the run.
    pub(super) title: String,
}

impl Request {
    /// The request in a body.
    ///
    /// # Errors
    /// What is wrong with it, without a part of it: it holds a token.
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let payload: Payload = serde_json::from_slice(body).map_err(|error| {
            format!("the payload is not understood (line {}, column {})", error.line(), error.column())
        })?;
        if payload.version != VERSION {
            return Err(format!("the payload has version {}, and {VERSION} is understood", payload.version));
        }
        if payload.stage == TEST || payload.task_result_enforcement_level == TEST || payload.access_token == TEST_TOKEN
        {
            return Ok(Self::Test);
        }
        if payload.access_token.is_empty() || payload.task_result_callback_url.is_empty() {
            return Err("the payload has no access_token or no task_result_callback_url".to_owned());
        }
        let name = |text: Option<String>| text.filter(|text| !text.is_empty());
        let title = name(payload.workspace_name).or_else(|| name(payload.run_id)).unwrap_or_else(|| "plan".to_owned());
        Ok(Self::Judge(Task {
            token: Secret::new(payload.access_token),
            plan_url: name(payload.plan_json_api_url),
            callback_url: payload.task_result_callback_url,
            stage: payload.stage,
            title,
        }))
    }
}
