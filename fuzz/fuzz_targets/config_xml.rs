//! The device configuration file, as a softphone reads it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use phone::config::DeviceConfig;

fuzz_target!(|input: &[u8]| {
    if let Ok(config) = DeviceConfig::parse(input) {
        let again = DeviceConfig::parse(input).expect("the same file reads the same");
        assert_eq!(again, config);
    }
});
