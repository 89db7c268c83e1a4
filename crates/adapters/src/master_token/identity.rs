//! Ids (CKA_ID) of master keys: what tells them apart, and which of them is the newest. They are compared as numbers.
//! Knows no token.

use std::cmp::Ordering;

use jiff::Timestamp;

/// The id of a key on a token.
#[derive(Clone, Debug)]
pub(super) struct Identity(Vec<u8>);

impl Identity {
    /// `None` where there is no byte in it.
    pub(super) fn new(id: Vec<u8>) -> Option<Self> {
        (!id.is_empty()).then_some(Self(id))
    }

    /// The moment at which the key is made or, where another's id is no less than that, the number behind it.
    pub(super) fn after(newest: Option<&Self>, now: Timestamp) -> Self {
        let moment = now.as_millisecond().to_be_bytes();
        let moment = Self(significant(&moment).to_vec());
        match newest {
            Some(newest) if *newest >= moment => newest.next(),
            _ => moment,
        }
    }

    fn next(&self) -> Self {
        let mut bytes = [&[0], self.0.as_slice()].concat();
        for byte in bytes.iter_mut().rev() {
            let (next, is_full) = byte.overflowing_add(1);
            *byte = next;
            if !is_full {
                break;
            }
        }
        Self(significant(&bytes).to_vec())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn digits(&self) -> String {
        hex::encode(&self.0)
    }

    /// As rows of data keys name it.
    pub(super) fn name(&self) -> String {
        format!("token-{}", self.digits())
    }

    fn rank(&self) -> (usize, &[u8]) {
        let bytes = significant(&self.0);
        (bytes.len(), bytes)
    }
}

impl Ord for Identity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Identity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Identity {}

/// Without the zeros a number may begin with.
fn significant(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(bytes: &[u8]) -> Identity {
        Identity::new(bytes.to_vec()).unwrap()
    }

    #[test]
    fn the_newest_has_the_greatest_number() {
        assert!(Identity::new(Vec::new()).is_none());
        let ascending = [id(&[0]), id(&[1]), id(&[0, 2]), id(&[0xff]), id(&[1, 0]), id(&[9; 20])];
        assert!(ascending.is_sorted());
        assert_eq!(id(&[0, 0, 7]), id(&[7]));
        assert_eq!(id(&[0, 7]).name(), "token-0007");
    }

    #[test]
    fn a_new_one_is_greater_than_any_before() {
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        let first = Identity::after(None, now);
        assert_eq!(first.digits(), format!("{:012x}", now.as_millisecond()));
        assert_eq!(Identity::after(Some(&id(&[2])), now), first);
        for before in [first, id(&[0xff; 8]), id(&[1; 20])] {
            let next = Identity::after(Some(&before), now);
            assert!(next > before, "{next:?}");
            assert!(Identity::after(Some(&next), now) > next);
        }
    }
}
