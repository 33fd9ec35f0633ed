//! Numbers that are taken for RSA moduli, for benches and tests that need no private key.

/// A number of that many bits, a multiple of 8, that no number up to 200 divides: others are refused. To verify
/// by it takes as long as by a real key.
pub(crate) fn modulus(bits: usize) -> Vec<u8> {
    let mut n = vec![0xff_u8; bits / 8];
    let divides = |n: &[u8], by: u32| n.iter().fold(0, |rest, byte| (rest << 8 | u32::from(*byte)) % by) == 0;
    while (3..200).step_by(2).any(|odd| divides(&n, odd)) {
        let last = n.len() - 1;
        n[last] -= 2;
    }
    n
}
