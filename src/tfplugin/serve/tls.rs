//! Mutual TLS that admits exactly the client whose certificate the host handed over.
//!
//! The host makes a certificate for itself (ECDSA on P-521, marked as an authority, which ordinary verification refuses) and passes it
//! in the environment. A client must present these very bytes and prove that it holds the key by a signature in the handshake;
//! no chain, name or date matters. *ring* does not know P-521, so that one signature is verified by `p521`. Our own certificate is
//! made for this process alone and travels in the handshake line.

use std::sync::Arc;

use p521::ecdsa::signature::Verifier as _;
use p521::ecdsa::{DerSignature, VerifyingKey};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error as TlsError, ServerConfig, SignatureScheme,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, PrivatePkcs8KeyDer, SignatureVerificationAlgorithm,
    UnixTime, alg_id,
};

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub(super) enum SetUpError {
    #[error("PLUGIN_CLIENT_CERT holds no certificate in PEM: {0}")]
    ClientCertificate(rustls_pki_types::pem::Error),
    #[error("no certificate could be made for this process: {0}")]
    OwnCertificate(#[from] rcgen::Error),
    #[error("TLS could not be set up: {0}")]
    Tls(#[from] TlsError),
}

/// TLS for one client, and the certificate by which that client knows us.
pub(super) struct MutualTls {
    pub(super) tls: tokio_rustls::TlsAcceptor,
    /// In DER.
    pub(super) certificate: Vec<u8>,
}

/// TLS for the holder of the certificate in `client_pem`.
pub(super) fn mutual(client_pem: &[u8]) -> Result<MutualTls, SetUpError> {
    let client = CertificateDer::from_pem_slice(client_pem).map_err(SetUpError::ClientCertificate)?;

    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut parameters = rcgen::CertificateParams::new(["localhost".to_owned()])?;
    parameters.distinguished_name.push(rcgen::DnType::CommonName, "localhost");
    parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    parameters.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    let own = parameters.self_signed(&key)?;

    let provider = Arc::new(ring::default_provider());
    let verifier = OneClient { client, provider: Arc::clone(&provider) };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(vec![own.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session would skip the client's signature.
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(MutualTls { tls: Arc::new(config).into(), certificate: own.der().to_vec() })
}

/// Admits the one client.
#[derive(Debug)]
struct OneClient {
    client: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl OneClient {
    /// The algorithms that may verify a signature of this scheme.
    fn algorithms(&self, scheme: SignatureScheme) -> &WebPkiSupportedAlgorithms {
        if scheme == SignatureScheme::ECDSA_NISTP521_SHA512 {
            &P521_ONLY
        } else {
            &self.provider.signature_verification_algorithms
        }
    }
}

impl ClientCertVerifier for OneClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, TlsError> {
        // A certificate is public: what it says needs no comparison in constant time.
        if end_entity.as_ref() == self.client.as_ref() {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signed, self.algorithms(signed.scheme))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signed, self.algorithms(signed.scheme))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = vec![SignatureScheme::ECDSA_NISTP521_SHA512];
        schemes.extend(self.provider.signature_verification_algorithms.supported_schemes());
        schemes
    }
}

static P521_ONLY: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[&EcdsaP521Sha512],
    mapping: &[(SignatureScheme::ECDSA_NISTP521_SHA512, &[&EcdsaP521Sha512])],
};

/// ECDSA on P-521 with SHA-512.
#[derive(Debug)]
struct EcdsaP521Sha512;

impl SignatureVerificationAlgorithm for EcdsaP521Sha512 {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P521
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA512
    }

    fn verify_signature(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let key = VerifyingKey::from_sec1_bytes(public_key).map_err(|_| InvalidSignature)?;
        let signature = DerSignature::try_from(signature).map_err(|_| InvalidSignature)?;
        key.verify(message, &signature).map_err(|_| InvalidSignature)
    }
}
