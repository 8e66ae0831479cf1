//! What the host tells us by environment variables, and the line that we answer with.
#![expect(clippy::disallowed_methods, reason = "this is the edge to the environment of the process")]

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::listen::Address;

/// Not a secret: it keeps people from starting a plugin by hand and wondering why nothing happens.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// The version of go-plugin's own protocol, and the version of ours that this layer speaks.
const CORE_VERSION: u32 = 1;
const PROVIDER_VERSION: u32 = 6;

/// What the host asks of the plugin process.
#[derive(Debug)]
pub(super) struct Environment {
    /// In PEM: the one certificate whose holder may connect. Absent where the host does without TLS.
    pub(super) client_certificate: Option<String>,
    /// Where to listen.
    pub(super) socket: SocketPlace,
    /// The host offers to carry all connections over one; the answer is no.
    pub(super) is_multiplex_offered: bool,
}

/// Where to listen.
#[derive(Debug, Clone, Default)]
pub(super) struct SocketPlace {
    /// The folder in which to make the socket's own; the one for temporary files if absent.
    pub(super) folder: Option<PathBuf>,
    /// The group, by name or number, whose members may connect as well.
    pub(super) group: Option<String>,
    /// Where there can be no unix socket: the lowest and the highest port.
    pub(super) ports: Option<(u16, u16)>,
}

impl Environment {
    pub(super) fn read() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let port = |name: &str| set(name)?.parse().ok();
        Self {
            client_certificate: set("PLUGIN_CLIENT_CERT"),
            socket: SocketPlace {
                folder: set("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
                group: set("PLUGIN_UNIX_SOCKET_GROUP"),
                ports: port("PLUGIN_MIN_PORT").zip(port("PLUGIN_MAX_PORT")),
            },
            is_multiplex_offered: set("PLUGIN_MULTIPLEX_GRPC").is_some(),
        }
    }
}

pub(super) fn has_cookie() -> bool {
    let (name, value) = COOKIE;
    std::env::var_os(name).is_some_and(|given| given == value)
}

/// `1|6|unix|/path|grpc|certificate`, the certificate as DER in base64 without padding. A seventh field declines multiplexing.
pub(super) fn handshake_line(address: &Address, certificate: Option<&[u8]>, is_multiplex_offered: bool) -> String {
    let (network, place) = (address.network(), address.place());
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let mut line = format!("{CORE_VERSION}|{PROVIDER_VERSION}|{network}|{place}|grpc|{certificate}");
    if is_multiplex_offered {
        line.push_str("|false");
    }
    line
}

/// What a developer sets in the shell from which the host is started.
pub(super) fn reattach_text(provider: &str, address: &Address) -> String {
    let reattach = serde_json::json!({
        provider: {
            "Protocol": "grpc",
            "ProtocolVersion": PROVIDER_VERSION,
            "Pid": std::process::id(),
            // The host neither ends us nor expects us to end.
            "Test": true,
            "Addr": { "Network": address.network(), "String": address.place() },
        }
    });
    format!(
        "Provider started. In the shell that runs terraform or tofu, set\n\n    TF_REATTACH_PROVIDERS='{reattach}'\n\nThe provider \
         serves until it is interrupted."
    )
}
