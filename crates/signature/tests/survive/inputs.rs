//! Inputs that follow from their number: rubbish, and real messages with something wrong about them.

/// Longest rubbish.
const RUBBISH_MAX: u64 = 600;
/// What parsers of such bytes stumble over: deep nesting, huge lengths, endings too early.
const SNIPPETS: [&[u8]; 16] = [
    b"0\x80",
    b"0\x84\xff\xff\xff\xff",
    b"0\x83\xff\xff\xff",
    b"\x24\x80\x04\x00",
    b"\x00\x00",
    b"\x05\x00",
    b"\x02\x81\x80",
    b"\x30\x82\xff\xff",
    b"<a xmlns='x'>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"&b;",
    b"<![CDATA[",
    b"<</Kids[1 0 R]/Prev 0>>",
    b"endobj\nstartxref\n0\n%%EOF",
    b"((((((((",
    b"[[[[[[[[",
];

/// A generator of numbers (SplitMix64).
pub struct Inputs(u64);

impl Inputs {
    pub fn of(number: u64) -> Self {
        Self(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x616e_7971_7461_6d61)
    }

    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.number() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.number().to_le_bytes()[0]
    }

    /// One input.
    pub fn next(&mut self, samples: &[Vec<u8>]) -> Vec<u8> {
        if self.below(8) == 0 {
            let length = self.number() % RUBBISH_MAX;
            return (0..length).map(|_| self.byte()).collect();
        }
        let mut input = samples[self.below(samples.len())].clone();
        for _ in 0..=self.below(4) {
            self.change(&mut input, samples);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, samples: &[Vec<u8>]) {
        if input.is_empty() {
            return;
        }
        let place = self.below(input.len());
        match self.below(9) {
            0 => input[place] ^= 1 << self.below(8),
            1 => input[place] = self.byte(),
            2 => input.truncate(place),
            3 => drop(input.drain(place / 2..place)),
            4 => {
                let piece = input[place..].to_vec();
                input.splice(place..place, piece);
            }
            5 => {
                let other = &samples[self.below(samples.len())];
                let from = self.below(other.len());
                let piece = &other[from..];
                input.splice(place.., piece.iter().copied());
            }
            6 => {
                let snippet = SNIPPETS[self.below(SNIPPETS.len())];
                input.splice(place..place, snippet.iter().copied());
            }
            7 => {
                let snippet = SNIPPETS[self.below(SNIPPETS.len())];
                let times = 1 << self.below(13);
                input.splice(place..place, snippet.repeat(times));
            }
            _ => {
                let end = (place + self.below(16)).min(input.len());
                for byte in &mut input[place..end] {
                    *byte = byte.wrapping_add(1);
                }
            }
        }
    }
}
