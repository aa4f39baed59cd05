//! Protected packets byte by byte. The keys and the RTP packets of AES-CM and AEAD-128 are those of
//! libsrtp's own test; the others were computed with a second implementation, whose session keys
//! are those of RFC 3711 §B.3.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use ringbearer_rtp::{SrtpReceiver, SrtpSender};
use sdp::{
    CryptoSuite::{self, AeadAes128Gcm, AeadAes256Gcm, AesCm128HmacSha1_32, AesCm128HmacSha1_80},
    MasterKey,
};

const CM_KEY: &str = "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6";
const GCM_128_KEY: &str = "000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab";
const GCM_256_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fa0a1a2a3a4a5a6a7a8a9aaab";

const RTP: &str = "800f1234decafbadcafebabeabababababababababababababababab";
const RTCP: &str = "81c8000bcafebabeabababababababababababababababab";

struct Row {
    suite: CryptoSuite,
    key: &'static str,
    rtp: &'static str,
    rtcp: &'static str,
}

const ROWS: [Row; 4] = [
    Row {
        suite: AesCm128HmacSha1_80,
        key: CM_KEY,
        rtp: "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
        rtcp: "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798",
    },
    Row {
        suite: AesCm128HmacSha1_32,
        key: CM_KEY,
        rtp: "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc",
        rtcp: "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798",
    },
    Row {
        suite: AeadAes128Gcm,
        key: GCM_128_KEY,
        rtp: "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392",
        rtcp: "81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001",
    },
    Row {
        suite: AeadAes256Gcm,
        key: GCM_256_KEY,
        rtp: "800f1234decafbadcafebabe0af7f21e8a90bdad7a425c9c31ed4bb1d90238917e7390a2793500e1681acaea",
        rtcp: "81c8000bcafebabe8abfafa780070a90e80f9161cf4aac081ed93aaa53c15b0f3ed1a3b984167b0380000001",
    },
];

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn key(suite: CryptoSuite, hex: &str) -> MasterKey {
    MasterKey::from_bytes(suite, &bytes(hex)).unwrap()
}

#[test]
fn packets_of_each_suite() {
    for row in ROWS {
        let key = key(row.suite, row.key);
        let (mut sender, mut receiver) = (SrtpSender::new(&key, None), SrtpReceiver::new(&key));
        assert_eq!(sender.protect(&bytes(RTP)).unwrap(), bytes(row.rtp), "{}", row.suite);
        assert_eq!(receiver.unprotect(&bytes(row.rtp)).unwrap().packet, bytes(RTP), "{}", row.suite);
        assert_eq!(sender.protect_control(&bytes(RTCP)).unwrap(), bytes(row.rtcp), "{}", row.suite);
        assert_eq!(receiver.unprotect_control(&bytes(row.rtcp)).unwrap(), bytes(RTCP), "{}", row.suite);
    }
}

#[test]
fn the_rollover_counter_is_in_key_stream_and_tag() {
    // The same packet one round of sequence numbers later.
    let rows = [
        (AesCm128HmacSha1_80, CM_KEY, "800f1234decafbadcafebabe179265c8bf303e4c24e7279f739bb5a6f8b3916fd670057bf1dc"),
        (
            AeadAes256Gcm,
            GCM_256_KEY,
            "800f1234decafbadcafebabecbda29cba7e3ecead864f9cd75cb802bc62b8931c88c66f47b29942296e411fb",
        ),
    ];
    for (suite, hex, expected) in rows {
        let key = key(suite, hex);
        let (mut sender, mut receiver) = (SrtpSender::new(&key, None), SrtpReceiver::new(&key));
        for number in [0x1234_u16, 0x8000, 0xf000, 0x0010] {
            let mut packet = bytes(RTP);
            packet[2..4].copy_from_slice(&number.to_be_bytes());
            let protected = sender.protect(&packet).unwrap();
            assert_eq!(receiver.unprotect(&protected).unwrap().packet, packet);
        }
        assert_eq!(sender.protect(&bytes(RTP)).unwrap(), bytes(expected));
        assert_eq!(receiver.unprotect(&bytes(expected)).unwrap().packet, bytes(RTP));
    }
}

#[test]
fn sources_and_extensions_are_authenticated_in_clear() {
    for row in ROWS {
        let key = key(row.suite, row.key);
        let (mut sender, mut receiver) = (SrtpSender::new(&key, None), SrtpReceiver::new(&key));
        for (number, header) in [
            "9100{}decafbadcafebabe00000001bede000110aa0000",
            "9000{}decafbadcafebabe1000000200000000000000ff",
            "9000{}decafbadcafebabe123400020000000000000000",
            "9200{}decafbadcafebabe0000000100000002bede0000",
            "8f00{}decafbadcafebabe000000010000000100000001000000010000000100000001000000010000000100000001\
             000000010000000100000001000000010000000100000001",
        ]
        .iter()
        .enumerate()
        {
            let header = bytes(&header.replace("{}", &format!("{number:04x}")));
            let packet = [&header[..], b"payload"].concat();
            let protected = sender.protect(&packet).unwrap();
            assert_eq!(protected[..header.len()], header);
            assert_ne!(protected[header.len()..header.len() + 7], *b"payload");
            assert_eq!(receiver.unprotect(&protected).unwrap().packet, packet);
        }
    }
}
