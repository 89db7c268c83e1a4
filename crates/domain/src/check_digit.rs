//! The check digit shared by IIN and BIN: two rounds of weights modulo 11.
//! Rules of forming identification numbers: Government resolutions No. 565 of 2003 and No. 406 of 2007.

const FIRST_ROUND: [u32; 11] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const SECOND_ROUND: [u32; 11] = [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2];

/// The twelfth digit for eleven given ones, or `None` where both rounds yield 10: such a number is not issued.
pub(crate) fn check_digit(eleven: &[u8; 11]) -> Option<u8> {
    [FIRST_ROUND, SECOND_ROUND]
        .iter()
        .map(|weights| weighted_sum(eleven, weights) % 11)
        .find(|remainder| *remainder < 10)
        .and_then(|remainder| u8::try_from(remainder).ok())
}

fn weighted_sum(digits: &[u8; 11], weights: &[u32; 11]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
}
