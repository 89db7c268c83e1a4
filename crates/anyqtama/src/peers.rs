//! How many connections one address may hold, so that nobody takes all there are. Addresses of this machine are a proxy's, which
//! holds everybody's. Of an IPv6 address the network counts.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use portal::network_of;

/// Connections of one address: more than any household or office behind one address needs.
const OF_ONE_MAX: u32 = 256;

/// Who holds how many.
#[derive(Clone, Default)]
pub struct Peers(Arc<Mutex<HashMap<IpAddr, u32>>>);

/// The place of one connection, free again when it is dropped.
pub struct Place {
    peers: Peers,
    address: Option<IpAddr>,
}

impl Peers {
    /// A place for a connection; none where the address has too many.
    pub fn admit(&self, address: IpAddr) -> Option<Place> {
        let peers = self.clone();
        let address = network_of(address);
        if address.is_loopback() {
            return Some(Place { peers, address: None });
        }
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_insert(0);
        if *count >= OF_ONE_MAX {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Place { peers, address: Some(address) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut counts = self.peers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_hold_every_connection() {
        let peers = Peers::default();
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let held: Vec<Place> =
            (0..OF_ONE_MAX).map(|_| peers.admit(address("2001:db8::1")).unwrap()).collect();
        assert!(peers.admit(address("2001:db8::2")).is_none(), "of the same network");
        assert!(peers.admit(address("2001:db8:0:1::1")).is_some());
        assert!(peers.admit(address("192.0.2.1")).is_some());
        for _ in 0..2 * OF_ONE_MAX {
            assert!(peers.admit(address("::ffff:127.0.0.1")).is_some(), "a proxy on this machine");
        }
        drop(held);
        assert!(peers.admit(address("2001:db8::2")).is_some());
        let one = peers.admit(address("192.0.2.1"));
        drop(one);
        assert_eq!(peers.0.lock().unwrap().len(), 0, "who holds none is forgotten");
    }
}
