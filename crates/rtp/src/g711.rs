//! G.711 companding: µ-law and A-law (RFC 3551 §4.5.14, ITU-T G.711).
//!
//! Samples are linear 16-bit. Expanding is a table; compressing finds the segment by the leading
//! zeros. `compress(expand(x)) == x` for every code but the µ-law negative zero.

use sdp::Codec;

/// The sample of silence.
pub const SILENCE: i16 = 0;

const MU_BIAS: i32 = 0x84;
const MU_CLIP: i32 = 32_635;

static MU_LAW: [i16; 256] = table(true);
static A_LAW: [i16; 256] = table(false);

/// A G.711 law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// PCMA
    A,
    /// PCMU
    Mu,
}

impl Law {
    /// The law of an audio codec; events have none.
    pub fn of(codec: Codec) -> Option<Self> {
        match codec {
            Codec::Pcma => Some(Self::A),
            Codec::Pcmu => Some(Self::Mu),
            Codec::TelephoneEvent => None,
        }
    }

    /// A sample to its code.
    pub fn compress(self, sample: i16) -> u8 {
        match self {
            Self::A => compress_a(sample),
            Self::Mu => compress_mu(sample),
        }
    }

    /// A code to its sample.
    pub fn expand(self, code: u8) -> i16 {
        let table = match self {
            Self::A => &A_LAW,
            Self::Mu => &MU_LAW,
        };
        table.get(usize::from(code)).copied().unwrap_or(SILENCE)
    }

    /// The sample as the far end hears it: compressed and expanded.
    pub fn through(self, sample: i16) -> i16 {
        self.expand(self.compress(sample))
    }
}

fn compress_mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(MU_CLIP) + MU_BIAS;
    // The bias makes bit 7 the lowest leading bit: segment 0.
    let segment = 24 - magnitude.leading_zeros();
    let step = (magnitude >> (segment + 3)) & 0x0f;
    !(sign | (segment as u8) << 4 | step as u8)
}

fn compress_a(sample: i16) -> u8 {
    let (sign, magnitude) = if sample < 0 { (0, !i32::from(sample)) } else { (0x80, i32::from(sample)) };
    let magnitude = magnitude >> 4;
    let code = match magnitude {
        0..32 => magnitude as u8,
        _ => {
            let segment = 28 - magnitude.leading_zeros();
            (segment as u8) << 4 | ((magnitude >> (segment - 1)) & 0x0f) as u8
        }
    };
    (code | sign) ^ 0x55
}

const fn table(mu: bool) -> [i16; 256] {
    let mut samples = [0; 256];
    let mut code = 0;
    while code < 256 {
        #[expect(clippy::indexing_slicing, reason = "the index runs over the array, at compile time")]
        {
            samples[code] = if mu { expand_mu(code as u8) } else { expand_a(code as u8) };
        }
        code += 1;
    }
    samples
}

const fn expand_mu(code: u8) -> i16 {
    let code = !code;
    let segment = (code >> 4) & 7;
    let magnitude = ((((code & 0x0f) as i32) << 3) + MU_BIAS) << segment;
    let sample = magnitude - MU_BIAS;
    if code & 0x80 != 0 { -sample as i16 } else { sample as i16 }
}

const fn expand_a(code: u8) -> i16 {
    let code = code ^ 0x55;
    let segment = (code >> 4) & 7;
    let step = ((code & 0x0f) as i32) << 4;
    let magnitude = match segment {
        0 => step + 8,
        _ => (step + 0x108) << (segment - 1),
    };
    if code & 0x80 != 0 { magnitude as i16 } else { -magnitude as i16 }
}

#[cfg(test)]
mod tests {
    use super::Law::{A, Mu};

    #[test]
    fn samples_of_the_recommendation() {
        // ITU-T G.711 tables 1 and 2, scaled from 13 and 14 bits to 16.
        let mu = [(0x80, 32_124), (0x00, -32_124), (0xff, 0), (0x7f, 0), (0xfe, 8), (0x7e, -8), (0xef, 132)];
        for (code, sample) in mu {
            assert_eq!(Mu.expand(code), sample, "{code:#x}");
        }
        let a = [(0xaa, 32_256), (0x2a, -32_256), (0xd5, 8), (0x55, -8), (0xd4, 24), (0xc5, 264), (0x45, -264)];
        for (code, sample) in a {
            assert_eq!(A.expand(code), sample, "{code:#x}");
        }
    }

    #[test]
    fn every_code_survives() {
        for code in 0..=255 {
            assert_eq!(A.compress(A.expand(code)), code);
            let mu = if code == 0x7f { 0xff } else { code };
            assert_eq!(Mu.compress(Mu.expand(code)), mu);
        }
    }

    #[test]
    fn every_sample_goes_to_the_code_of_its_step() {
        // The width of the step that a code stands for, and the loudest sample before clipping.
        let steps = [(A, 16, 32_767), (Mu, 8, 32_635)];
        for (law, narrowest, loudest) in steps {
            let mut before = i16::MIN;
            for sample in -loudest..=loudest {
                let heard = law.through(sample as i16);
                assert!(heard >= before, "{law:?} {sample}: not monotonous");
                before = heard;
                let segment_step = (1..8)
                    .map(|segment| narrowest << segment)
                    .rfind(|step| i32::from(heard).abs() + 132 > step * 16)
                    .unwrap_or(narrowest);
                let off = (i32::from(heard) - sample).abs();
                assert!(off <= segment_step / 2, "{law:?} {sample} -> {heard}, step {segment_step}");
            }
        }
        assert_eq!((A.through(i16::MIN), Mu.through(i16::MIN)), (-32_256, -32_124));
    }
}
