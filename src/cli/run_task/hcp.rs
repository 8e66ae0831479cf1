//! The two requests to HCP Terraform: fetch the plan, send the result.
//!
//! Both go to named hosts only, so that a payload cannot send the token elsewhere. The plan's address redirects to where the plan is stored; the
//! token does not go there.

use std::time::Duration;

use anyhow::{Context as _, bail};
use ureq::http::{StatusCode, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, config::RedirectAuthHeaders};

use super::secret::Secret;

/// Longest for one request, so that there is time left to say that it failed.
const LONGEST_REQUEST: Duration = Duration::from_secs(60);

/// Waits before a request that failed for a while is sent again.
const WAITS: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];

/// Where a plan's address may lead.
const MOST_REDIRECTS: u32 = 3;

/// A client for some hosts.
#[derive(Clone, Debug)]
pub(super) struct Hcp {
    agent: Agent,
    hosts: Vec<String>,
    largest_plan: u64,
}

impl Hcp {
    /// A client for `hosts`, which shows their certificates to be made by `ca_cert` if that is given.
    pub(super) fn new(hosts: &[String], ca_cert: Option<&[u8]>, largest_plan: u64) -> anyhow::Result<Self> {
        let mut tls = TlsConfig::builder();
        if let Some(pem) = ca_cert {
            let certificates = parse_pem(pem).filter_map(|item| {
                if let Ok(ureq::tls::PemItem::Certificate(certificate)) = item { Some(certificate) } else { None }
            });
            let certificates: Vec<Certificate<'static>> = certificates.collect();
            if certificates.is_empty() {
                bail!("the file of certificates holds none in PEM form");
            }
            tls = tls.root_certs(RootCerts::from(certificates));
        }
        let agent = Agent::config_builder()
            .timeout_global(Some(LONGEST_REQUEST))
            .max_redirects(MOST_REDIRECTS)
            .redirect_auth_headers(RedirectAuthHeaders::Never)
            .http_status_as_error(false)
            .user_agent(concat!("stowage/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls.build())
            .build()
            .new_agent();
        Ok(Self { agent, hosts: hosts.to_vec(), largest_plan })
    }

    /// Whether requests may go to this address.
    pub(super) fn may_reach(&self, address: &str) -> Result<(), String> {
        let uri: Uri = address.parse().map_err(|_| "an address is not a URL".to_owned())?;
        let (Some(scheme), Some(authority), Some(host)) = (uri.scheme_str(), uri.authority(), uri.host()) else {
            return Err("an address is not a whole URL".to_owned());
        };
        let named = |wanted: &String| {
            wanted.eq_ignore_ascii_case(authority.as_str())
                || (uri.port().is_none() && wanted.eq_ignore_ascii_case(host))
        };
        if !self.hosts.iter().any(named) {
            return Err(format!("the host {host:?} is not one of --host"));
        }
        let is_loopback =
            host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        if scheme == "https" || scheme == "http" && is_loopback {
            Ok(())
        } else {
            Err("an address is not HTTPS".to_owned())
        }
    }

    /// The plan as JSON. It may not be ready yet: then it is asked for again.
    pub(super) fn plan(&self, address: &str, token: &Secret) -> anyhow::Result<Vec<u8>> {
        repeated("the plan", token, || {
            let mut answer = self.agent.get(address).header("Authorization", bearer(token)).call()?;
            let status = answer.status();
            if status == StatusCode::OK {
                let body = answer.body_mut().with_config().limit(self.largest_plan).read_to_vec();
                return Ok((status, body?));
            }
            Ok((status, Vec::new()))
        })
    }

    /// Sends a result.
    pub(super) fn answer(&self, address: &str, token: &Secret, result: &serde_json::Value) -> anyhow::Result<()> {
        let body = result.to_string();
        repeated("the result", token, || {
            let request = self.agent.patch(address).header("Authorization", bearer(token));
            let answer = request.header("Content-Type", "application/vnd.api+json").send(&body)?;
            Ok((answer.status(), Vec::new()))
        })?;
        Ok(())
    }
}

/// Makes a request until it succeeds, fails for good, or has been made often enough.
fn repeated(
    what: &str,
    token: &Secret,
    request: impl Fn() -> Result<(StatusCode, Vec<u8>), ureq::Error>,
) -> anyhow::Result<Vec<u8>> {
    let mut waits = WAITS.iter();
    loop {
        let failure = match request() {
            Ok((StatusCode::OK, body)) => return Ok(body),
            Ok((status, _))
                if status == StatusCode::NO_CONTENT
                    || status == StatusCode::TOO_MANY_REQUESTS
                    || status.is_server_error() =>
            {
                format!("{what}: the host answered {status}")
            }
            Ok((status, _)) => bail!("{what}: the host answered {status}"),
            Err(error @ ureq::Error::BodyExceedsLimit(_)) => bail!("{what}: {error}"),
            Err(error) => token.hidden_in(&format!("{what}: {error}")),
        };
        let wait = waits.next().context(failure)?;
        std::thread::sleep(*wait);
    }
}

fn bearer(token: &Secret) -> String {
    format!("Bearer {}", token.expose())
}
