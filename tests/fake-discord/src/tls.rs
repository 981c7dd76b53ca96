//! The REST side as `https://discord.com`, behind a proxy: for programs that are to run exactly as in production, with
//! the address they have then. The proxy leads every tunnel to this fake and nowhere else.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::rest::server;
use crate::shared::Shared;

/// The longest beginning of a tunnel.
const LONGEST_HEAD: usize = 8 * 1024;

/// How a program reaches the fake under Discord's own name.
#[derive(Clone, Debug)]
pub struct Production {
    /// For `HTTPS_PROXY`.
    pub proxy: String,
    /// The certificate of the authority to trust, as PEM.
    pub authority: String,
}

/// A certificate for `discord.com`, and the authority that gave it.
pub(crate) fn certificates() -> (ServerConfig, String) {
    let mut params = CertificateParams::new(Vec::new()).expect("no names are good names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key can be made");
    let authority = CertifiedIssuer::self_signed(params, key).expect("an authority can sign itself");
    let key = KeyPair::generate().expect("a key can be made");
    let names = CertificateParams::new(vec!["discord.com".to_owned()]).expect("the name is a good name");
    let certificate = names.signed_by(&key, &authority).expect("the authority can sign");
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("the key is one");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("the key belongs to the certificate");
    (config, authority.pem())
}

/// Accepts tunnels for ever.
pub(crate) async fn serve(listener: TcpListener, config: ServerConfig, shared: Arc<Shared>) {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    while let Ok((stream, _)) = listener.accept().await {
        shared.runtime().spawn(tunnel(stream, acceptor.clone(), Arc::clone(&shared)));
    }
}

async fn tunnel(mut stream: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < LONGEST_HEAD {
        head.push(stream.read_u8().await.ok()?);
    }
    if !head.starts_with(b"CONNECT discord.com:443 ") {
        stream.write_all(b"HTTP/1.1 403 Only discord.com\r\n\r\n").await.ok()?;
        return None;
    }
    stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.ok()?;
    let secured = acceptor.accept(stream).await.ok()?;
    // A planned cut ends the tunnel when this is dropped.
    drop(server::speak(secured, shared).await);
    Some(())
}
