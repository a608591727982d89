//! Undoing the client's mask.

/// Applies the mask in place. `phase` is how many bytes of the frame came before this part of it.
pub(crate) fn unmask(payload: &mut [u8], mut mask: [u8; 4], phase: usize) {
    mask.rotate_left(phase % 4);
    let [a, b, c, d] = mask;
    // Sixteen at once is what compilers turn into a single vector operation.
    let wide = [a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d];
    let mut blocks = payload.chunks_exact_mut(wide.len());
    for block in &mut blocks {
        for (byte, key) in block.iter_mut().zip(wide) {
            *byte ^= key;
        }
    }
    for (byte, key) in blocks.into_remainder().iter_mut().zip(wide) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_split_unmasks_like_the_rfcs_formula() {
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        let masked: Vec<u8> = (0..=255).collect();
        let expected: Vec<u8> = masked.iter().enumerate().map(|(i, byte)| byte ^ mask[i % 4]).collect();
        for split in 0..masked.len() {
            let mut payload = masked.clone();
            let (head, tail) = payload.split_at_mut(split);
            unmask(head, mask, 0);
            unmask(tail, mask, split);
            assert_eq!(payload, expected, "split at {split}");
        }
    }
}
