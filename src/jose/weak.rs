//! Public keys that look valid but protect nothing: points of small order and moduli that can be factored.

/// The encodings of Ed25519's points of small order, without the sign bit: y = 0, 1, -1, the two of order
/// 8, and the non-canonical p and p + 1. For such a key anybody can make a signature that verifies (the
/// list is libsodium's).
const SMALL_ORDER: [[u8; 32]; 7] = [
    y_of(0, 0, 0),
    y_of(1, 0, 0),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    y_of(0xec, 0xff, 0x7f),
    y_of(0xed, 0xff, 0x7f),
    y_of(0xee, 0xff, 0x7f),
];

const fn y_of(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut y = [middle; 32];
    (y[0], y[31]) = (first, last);
    y
}

/// Whether a point of Ed25519 has a small order, in any of its encodings.
pub(crate) fn has_small_order(point: &[u8; 32]) -> bool {
    SMALL_ORDER.contains(&without_sign(point))
}

/// Whether its y is below p = 2^255 - 19, as RFC 8032 section 5.1.3 requires.
pub(crate) fn is_canonical(point: &[u8; 32]) -> bool {
    let y = without_sign(point);
    y[0] < 0xed || y[31] != 0x7f || y[1..31].iter().any(|byte| *byte != 0xff)
}

fn without_sign(point: &[u8; 32]) -> [u8; 32] {
    let mut y = *point;
    y[31] &= 0x7f;
    y
}

/// The primes from 3 to 167 in groups with 32-bit products: one division by a product gives the remainders
/// of its whole group.
const PRIMES: [&[u64]; 8] = [
    &[3, 5, 7, 11, 13, 17, 19, 23, 29],
    &[31, 37, 41, 43, 47],
    &[53, 59, 61, 67, 71],
    &[73, 79, 83, 89, 97],
    &[101, 103, 107, 109],
    &[113, 127, 131, 137],
    &[139, 149, 151, 157],
    &[163, 167],
];

/// A small prime that divides the modulus, which a valid RSA key does not have.
pub(crate) fn small_factor(n: &[u8]) -> Option<u64> {
    remainders(n).find(|(_, rest)| *rest == 0).map(|(prime, _)| prime)
}

/// Whether a modulus has the fingerprint of keys from Infineon chips until 2017 (ROCA, CVE-2017-15361): a
/// power of 65537 modulo each of these primes. One in 2^27 other moduli also has it.
pub(crate) fn is_roca(n: &[u8]) -> bool {
    remainders(n).all(|(prime, rest)| is_power_of_65537(rest, prime))
}

fn is_power_of_65537(value: u64, prime: u64) -> bool {
    let powers = std::iter::successors(Some(1), |power| Some(power * (65537 % prime) % prime));
    powers.take(usize::try_from(prime).unwrap_or(0)).any(|power| power == value)
}

/// The remainders of a big-endian number for each of the primes.
fn remainders(n: &[u8]) -> impl Iterator<Item = (u64, u64)> {
    let (head, words) = n.split_at(n.len() % 4);
    PRIMES.into_iter().flat_map(move |primes| {
        let product: u64 = primes.iter().product();
        let head = head.iter().fold(0, |rest, byte| rest << 8 | u64::from(*byte));
        let rest = words.chunks_exact(4).fold(head % product, |rest, word| {
            let word = word.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
            (rest << 32 | word) % product
        });
        primes.iter().map(move |prime| (*prime, rest % prime))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_multiples_of_the_torsion_point_are_of_small_order_and_the_base_point_is_not() {
        let mut signed = SMALL_ORDER;
        for point in &mut signed {
            point[31] |= 0x80;
        }
        assert!(SMALL_ORDER.iter().chain(&signed).all(has_small_order));
        let mut base = [0x66; 32];
        base[0] = 0x58;
        assert!(!has_small_order(&base) && is_canonical(&base));
    }

    #[test]
    fn a_y_of_p_or_more_is_not_canonical() {
        for first in 0xed..=0xff {
            assert!(!is_canonical(&y_of(first, 0xff, 0x7f)) && !is_canonical(&y_of(first, 0xff, 0xff)));
        }
        assert!(is_canonical(&y_of(0xec, 0xff, 0x7f)) && is_canonical(&y_of(0xff, 0xff, 0x7e)));
    }

    #[test]
    fn small_factors_are_found() {
        assert_eq!(
            (small_factor(&[21]), small_factor(&[167]), small_factor(&[173])),
            (Some(3), Some(167), None)
        );
        // 2^32 * 163 + 163, in five bytes.
        assert_eq!(small_factor(&[163, 0, 0, 0, 163]), Some(163));
        // 2^61 - 1 is a prime.
        assert_eq!(small_factor(&[0x1F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), None);
    }

    #[test]
    fn products_have_32_bits() {
        assert!(PRIMES.iter().all(|primes| primes.iter().product::<u64>() >> 32 == 0));
        assert_eq!(PRIMES.iter().map(|primes| primes.len()).sum::<usize>(), 38);
    }

    proptest! {
        #[test]
        fn remainders_are_those_of_division(n: u128) {
            for (prime, rest) in remainders(&n.to_be_bytes()) {
                prop_assert_eq!(u128::from(rest), n % u128::from(prime));
            }
        }
    }
}
