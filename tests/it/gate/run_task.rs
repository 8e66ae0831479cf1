//! The run task against a small stand-in for HCP Terraform on the loopback: requests are signed, the plan is served after a redirect, and the
//! result is collected.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha512;

use super::{change, folder, instance, parsed, plan, small, unpriced};

const KEY: &str = "the-key-of-the-task";
const TOKEN: &str = "the-token-of-the-run";
const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it came.
#[derive(Debug)]
struct Received {
    line: String,
    headers: String,
    body: String,
}

/// The stand-in: what it is asked, in order.
struct Hcp {
    address: SocketAddr,
    received: Receiver<Received>,
}

impl Hcp {
    /// Serves a plan. Its address redirects, as that of HCP Terraform does; the first answer is that it is not ready.
    fn serving(plan: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (send, received) = channel();
        std::thread::spawn(move || {
            let mut asked = 0;
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let Some(request) = read_request(&mut stream) else { continue };
                let answer = match request.line.split(' ').nth(1).unwrap_or_default() {
                    "/json-output" => {
                        asked += 1;
                        if asked == 1 {
                            "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned()
                        } else {
                            format!(
                                "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{address}/stored\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                            )
                        }
                    }
                    "/stored" => {
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{plan}", plan.len())
                    }
                    "/callback" => "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
                    _ => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
                };
                let _ = stream.write_all(answer.as_bytes());
                if send.send(request).is_err() {
                    return;
                }
            }
        });
        Self { address, received }
    }

    fn payload(&self) -> Value {
        json!({
            "payload_version": 1,
            "stage": "post_plan",
            "access_token": TOKEN,
            "capabilities": { "outcomes": true },
            "organization_name": "acme",
            "workspace_name": "shop",
            "run_id": "run-1",
            "is_speculative": false,
            "plan_json_api_url": format!("http://{}/json-output", self.address),
            "task_result_callback_url": format!("http://{}/callback", self.address),
            "task_result_enforcement_level": "mandatory",
            "task_result_id": "taskrs-1",
        })
    }

    /// The result; the requests before it must be those of the protocol.
    #[track_caller]
    fn result(&self) -> Value {
        loop {
            let request = self.received.recv_timeout(PATIENCE).expect("a result is sent");
            let has_token = request.headers.contains(&format!("authorization: Bearer {TOKEN}"));
            if request.line.starts_with("GET /stored ") {
                assert!(!has_token, "the token stays with the host it is for: {request:?}");
                continue;
            }
            assert!(has_token, "{request:?}");
            if request.line.starts_with("PATCH /callback ") {
                assert!(request.headers.contains("content-type: application/vnd.api+json"), "{request:?}");
                return parsed(&request.body);
            }
            assert!(request.line.starts_with("GET /json-output "), "{request:?}");
        }
    }
}

fn read_request(stream: &mut TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let (mut headers, mut length) = (String::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.trim().split_once(": ") {
            headers.extend([name.to_ascii_lowercase().as_str(), ": ", value, "\n"]);
            if name.eq_ignore_ascii_case("content-length") {
                length = value.parse().ok()?;
            }
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { line, headers, body: String::from_utf8(body).ok()? })
}

/// The service under test.
struct Service {
    child: Child,
    address: String,
    said: Receiver<String>,
}

impl Service {
    fn start(folder: &Path, options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stowage"));
        command.args(["serve", "run-task", "--listen", "127.0.0.1:0"]).args(options);
        command.current_dir(folder).env("STOWAGE_RUN_TASK_HMAC_KEY", KEY);
        Self::of(command)
    }

    /// What a command starts.
    fn of(mut command: Command) -> Self {
        let mut child = command
            .env_remove("TF_PLUGIN_MAGIC_COOKIE")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, said) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        let first = said.recv_timeout(PATIENCE).expect("the service says where it listens");
        let address = first.strip_prefix("listening on http://").unwrap_or_else(|| panic!("{first}")).to_owned();
        Self { child, address, said }
    }

    fn post(&self, body: &str, signature: Option<&str>) -> u16 {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let signature = signature.map(|signature| format!("X-TFC-Task-Signature: {signature}\r\n")).unwrap_or_default();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: gate\r\ncontent-type: application/json\r\n{signature}content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // A service that refuses what is too large closes before it has read everything.
        let _ = stream.write_all(body.as_bytes());
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("{answer:?}"))
    }

    fn ask(&self, payload: &Value) -> u16 {
        let body = payload.to_string();
        self.post(&body, Some(&signature(&body)))
    }

    /// Ends it as a host does, and gives what it said.
    fn end(mut self) -> String {
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
        let mut said = String::new();
        loop {
            match self.said.recv_timeout(PATIENCE) {
                Ok(line) => said.push_str(&(line + "\n")),
                Err(RecvTimeoutError::Disconnected) => return said,
                Err(RecvTimeoutError::Timeout) => panic!("the service does not end"),
            }
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signature(body: &str) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(KEY.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    mac.finalize()
        .into_bytes()
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from_digit(digit.into(), 16).unwrap())
        .collect()
}

fn started(hcp: &Hcp, policy: &str, more: &[&str]) -> (tempfile::TempDir, Service) {
    let folder = folder(&[("policy.hcl", policy)]);
    let host = hcp.address.to_string();
    let service = Service::start(folder.path(), &[&["--policy", "policy.hcl", "--host", &host], more].concat());
    (folder, service)
}

#[test]
fn plans_are_judged_end_to_end() {
    for (plan, policy, status, message) in [
        (small(), "limits = { monthly_cost_usd = 100 }", "passed", "passed"),
        (small(), "limits = { monthly_cost_usd = 80 }", "failed", "violated: 1 error"),
        (unpriced(), "limits = { monthly_cost_usd = 100 }", "failed", "undecided"),
        ("{}".to_owned(), "limits = { monthly_cost_usd = 100 }", "failed", "error"),
    ] {
        let hcp = Hcp::serving(plan);
        let (_folder, service) = started(&hcp, policy, &[]);
        assert_eq!(service.ask(&hcp.payload()), 200);
        let result = hcp.result();
        assert_eq!(result["data"]["type"], "task-results");
        let attributes = &result["data"]["attributes"];
        assert_eq!(attributes["status"], status, "{result:#}");
        assert!(attributes["message"].as_str().unwrap().contains(message), "{message}: {result:#}");
        let said = service.end();
        assert!(said.contains("shop: "), "{said}");
        assert!(!said.contains(TOKEN) && !said.contains(KEY), "{said}");
    }
}

/// The recipe: the script starts the service with the policies beside it, and the key from its file.
#[test]
fn the_script_of_the_recipe_serves() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/gate");
    let keep = |name: &str, zone: &str| {
        let values = instance(zone, "m5.large");
        change(&format!("aws_instance.{name}"), &["no-op"], values.clone(), values)
    };
    // The policy wants every service to outlive a zone.
    let over_zones = plan(&[keep("web[0]", "eu-central-1a"), keep("web[1]", "eu-central-1b")]).to_string();
    for (plan, status) in [(over_zones, "passed"), (small(), "failed"), (unpriced(), "failed")] {
        let hcp = Hcp::serving(plan);
        let folder = folder(&[("hmac.key", &format!("{KEY}\n"))]);
        for file in ["policy.hcl", "policy.rego"] {
            std::fs::copy(example.join(file), folder.path().join(file)).unwrap();
        }
        let mut command = Command::new("sh");
        command
            .arg(example.join("hcp-run-task.sh"))
            .current_dir(folder.path())
            .env("PATH", super::recipes::path_of_tools(folder.path()))
            .env("LISTEN", "127.0.0.1:0")
            .env("HCP_HOST", hcp.address.to_string())
            .env_remove("STOWAGE_RUN_TASK_HMAC_KEY");
        let service = Service::of(command);
        assert_eq!(service.post("{}", Some("00")), 401);
        assert_eq!(service.ask(&hcp.payload()), 200);
        let result = hcp.result();
        assert_eq!(result["data"]["attributes"]["status"], status, "{result:#}");
        let said = service.end();
        assert!(!said.contains(TOKEN) && !said.contains(KEY), "{said}");
    }
}

#[test]
fn outcomes_tell_each_finding() {
    let hcp = Hcp::serving(small());
    let (_folder, service) = started(&hcp, "limits = { monthly_cost_usd = 80 }", &[]);
    assert_eq!(service.ask(&hcp.payload()), 200);
    let result = hcp.result();
    let outcome = &result["data"]["relationships"]["outcomes"]["data"][0];
    assert_eq!(outcome["type"], "task-result-outcomes");
    assert!(outcome["attributes"]["outcome-id"].as_str().unwrap().starts_with("cost-limit-"));
    assert_eq!(outcome["attributes"]["tags"]["Status"], json!([{ "label": "Failed", "level": "error" }]));
    assert!(outcome["attributes"]["body"].as_str().unwrap().contains("83.95 USD per month"));
    drop(service);
}

#[test]
fn what_is_not_a_signed_request_for_a_known_host_is_refused() {
    let hcp = Hcp::serving(small());
    let (_folder, service) = started(&hcp, "limits = { monthly_cost_usd = 100 }", &[]);
    let payload = hcp.payload();
    let body = payload.to_string();
    assert_eq!(service.post(&body, None), 401);
    assert_eq!(service.post(&body, Some("00")), 401);
    assert_eq!(service.post(&body, Some(&signature("another body"))), 401);
    assert_eq!(service.ask(&json!("no payload")), 400);
    let with = |name: &str, value: Value| {
        let mut payload = payload.clone();
        payload[name] = value;
        payload
    };
    assert_eq!(service.ask(&with("payload_version", json!(2))), 400);
    assert_eq!(service.ask(&with("access_token", json!(""))), 400);
    for elsewhere in ["http://127.0.0.2:1/x", "https://example.org/x", "file:///etc/passwd", "nonsense"] {
        assert_eq!(service.ask(&with("task_result_callback_url", json!(elsewhere))), 400, "{elsewhere}");
        assert_eq!(service.ask(&with("plan_json_api_url", json!(elsewhere))), 400, "{elsewhere}");
    }
    assert_eq!(service.ask(&with("run_message", json!("x".repeat(100_000)))), 413);
    // What HCP Terraform sends to try the address out is answered and goes no further.
    assert_eq!(service.ask(&with("stage", json!("test"))), 200);
    assert_eq!(service.ask(&with("access_token", json!("test-token"))), 200);
    let said = service.end();
    assert!(!said.contains(TOKEN) && !said.contains(KEY), "{said}");
    assert!(hcp.received.try_recv().is_err(), "nothing was asked of the host");
}

/// A stage without a plan, and a plan that is too large, are failures and no silence.
#[test]
fn what_cannot_be_judged_fails() {
    let hcp = Hcp::serving(small());
    let (_folder, service) = started(&hcp, "limits = { monthly_cost_usd = 100 }", &[]);
    let mut early = hcp.payload();
    early["stage"] = json!("pre_plan");
    early.as_object_mut().unwrap().remove("plan_json_api_url");
    assert_eq!(service.ask(&early), 200);
    let result = hcp.result();
    assert_eq!(result["data"]["attributes"]["status"], "failed");
    assert!(result["data"]["attributes"]["message"].as_str().unwrap().contains("post-plan"), "{result}");
    drop(service);

    let hcp = Hcp::serving(format!("{{\"x\":\"{}\"}}", "y".repeat(2 << 20)));
    let (_folder, service) = started(&hcp, "limits = { monthly_cost_usd = 100 }", &["--largest-plan", "1"]);
    assert_eq!(service.ask(&hcp.payload()), 200);
    assert_eq!(hcp.result()["data"]["attributes"]["status"], "failed");
    drop(service);
}

#[test]
fn it_does_not_start_without_a_key_or_with_a_broken_policy() {
    let folder = folder(&[("policy.hcl", "limit = {}")]);
    for (options, part) in [
        (&["--host", "h"][..], "no HMAC key is given"),
        (&["--unsigned", "--policy", "policy.hcl"], "did you mean `limits`?"),
    ] {
        let ran =
            super::run_in(folder.path(), &[&["serve", "run-task", "--listen", "127.0.0.1:0"], options].concat(), "");
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
}
