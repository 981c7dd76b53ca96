//! Where operators may look in.
//! It only names the address; who serves there is elsewhere.

use std::net::{Ipv4Addr, SocketAddr};

use figment::value::Value;

use super::reader::{Reader, Section};
use super::schema::{Key, Shape};

pub(super) const KEYS: &[Key] = &[Key::new("listen", Shape::Text)];

/// The port that is listened at where nobody chose another.
const PORT: u16 = 9464;

/// Where operators may look in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Monitoring {
    /// The address; none serves nobody.
    pub listen: Option<SocketAddr>,
}

impl Default for Monitoring {
    fn default() -> Self {
        Self { listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))) }
    }
}

/// Reads where.
pub(super) fn read<'a>(reader: &mut Reader<'a>, root: &Section<'a>) -> Monitoring {
    let section = &reader.section(root, "monitoring", KEYS);
    let expected = "an address with a port, such as 127.0.0.1:9464, or \"off\"";
    let listen = reader.parsed(section, "listen", expected, |value| match value {
        // What older YAML reads `off` as.
        Value::Bool(_, false) => Some(None),
        Value::String(_, text) => address(text),
        _ => None,
    });
    Monitoring { listen: listen.unwrap_or(Monitoring::default().listen) }
}

fn address(text: &str) -> Option<Option<SocketAddr>> {
    let text = text.trim();
    if text == "off" {
        return Some(None);
    }
    let named = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    named.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))).or_else(|| text.parse().ok()).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_off_is_none() {
        let check = |text: &str, expect: Option<Option<&str>>| {
            let expect = expect.map(|address| address.map(|address| address.parse().unwrap()));
            assert_eq!(address(text), expect, "{text}");
        };
        check("off", Some(None));
        check("localhost:80", Some(Some("127.0.0.1:80")));
        check("0.0.0.0:9464", Some(Some("0.0.0.0:9464")));
        check("[::1]:9464", Some(Some("[::1]:9464")));
        for bad in ["", "on", "9464", "127.0.0.1", "example.com:9464", "localhost:x"] {
            check(bad, None);
        }
    }
}
