//! Certificates as the host makes them: self-signed, ECDSA on P-521, marked as an authority. Written out in DER, since *ring* cannot sign
//! with that curve.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p521::ecdsa::signature::Signer as _;
use p521::ecdsa::{DerSignature, Signature, SigningKey};
use rustls::sign::{CertifiedKey, Signer};
use rustls::{SignatureAlgorithm, SignatureScheme};
use rustls_pki_types::CertificateDer;
use std::sync::Arc;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

const ECDSA_WITH_SHA512: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4];
const EC_PUBLIC_KEY: &[u8] = &[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const SECP521R1: &[u8] = &[0x06, 5, 0x2b, 0x81, 4, 0, 0x23];
const COMMON_NAME: &[u8] = &[0x06, 3, 0x55, 4, 3];
const BASIC_CONSTRAINTS: &[u8] = &[0x06, 3, 0x55, 0x1d, 19];
const IS_CRITICAL_AND_TRUE: &[u8] = &[0x01, 1, 0xff];

/// A key and its certificate.
#[derive(Clone)]
pub(super) struct Identity {
    key: SigningKey,
    pub(super) der: Vec<u8>,
}

impl Identity {
    /// The identity that belongs to a number; the same each time.
    pub(super) fn new(number: u8) -> Self {
        // The first byte stays 0, well below the order of the curve.
        let mut secret = [number; 66];
        secret[0] = 0;
        let key = SigningKey::from_slice(&secret).expect("a secret below the order of the curve");
        let der = certificate(&key, number);
        Self { key, der }
    }

    /// The certificate of `self`, presented by one who does not have its key.
    pub(super) fn stolen_by(&self, thief: &Self) -> Self {
        Self { key: thief.key.clone(), der: self.der.clone() }
    }

    pub(super) fn pem(&self) -> String {
        let text = STANDARD.encode(&self.der);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    pub(super) fn certified_key(&self) -> Arc<CertifiedKey> {
        let key = Arc::new(P521Key(self.key.clone()));
        Arc::new(CertifiedKey::new(vec![CertificateDer::from(self.der.clone())], key))
    }
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut bytes = vec![tag];
    match u8::try_from(length) {
        Ok(length @ 0..=127) => bytes.push(length),
        Ok(length) => bytes.extend([0x81, length]),
        Err(_) => {
            bytes.push(0x82);
            bytes.extend(u16::try_from(length).expect("a short certificate").to_be_bytes());
        }
    }
    bytes.extend(content);
    bytes
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    der(SEQUENCE, &parts.concat())
}

fn bit_string(bytes: &[u8]) -> Vec<u8> {
    der(BIT_STRING, &[&[0], bytes].concat())
}

fn certificate(key: &SigningKey, serial: u8) -> Vec<u8> {
    let algorithm = sequence(&[ECDSA_WITH_SHA512]);
    let name = sequence(&[&der(SET, &sequence(&[COMMON_NAME, &der(UTF8_STRING, b"localhost")]))]);
    let validity = sequence(&[&der(UTC_TIME, b"200101000000Z"), &der(UTC_TIME, b"491231235959Z")]);
    let public = key.verifying_key().to_sec1_point(false);
    let public_key = sequence(&[&sequence(&[EC_PUBLIC_KEY, SECP521R1]), &bit_string(public.as_bytes())]);
    let is_authority = sequence(&[IS_CRITICAL_AND_TRUE]);
    let constraints = sequence(&[BASIC_CONSTRAINTS, IS_CRITICAL_AND_TRUE, &der(OCTET_STRING, &is_authority)]);
    let extensions = der(0xa3, &sequence(&[&constraints]));
    let version = der(0xa0, &der(INTEGER, &[2]));
    let serial = der(INTEGER, &[serial]);
    let body = sequence(&[&version, &serial, &algorithm, &name, &validity, &name, &public_key, &extensions]);
    let signature: DerSignature = key.sign(&body);
    sequence(&[&body, &algorithm, &bit_string(signature.as_bytes())])
}

#[derive(Debug)]
struct P521Key(SigningKey);

impl rustls::sign::SigningKey for P521Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let is_offered = offered.contains(&SignatureScheme::ECDSA_NISTP521_SHA512);
        is_offered.then(|| Box::new(P521Key(self.0.clone())) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for P521Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signature: Signature = self.0.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}
