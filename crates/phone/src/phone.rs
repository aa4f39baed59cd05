//! The phone: wires its flow, its registration and its calls together.

use std::collections::VecDeque;
use std::time::Instant;

use crate::config::DeviceConfig;
use crate::event::{Input, Output};
use crate::settings::{Random, Settings};

/// A softphone.
pub struct Phone {
    settings: Settings,
    config: DeviceConfig,
    random: Random,
    outputs: VecDeque<Output>,
}

impl Phone {
    /// A phone that does nothing until it is told to register.
    pub fn new(settings: Settings, config: DeviceConfig, random: Random) -> Self {
        Self { settings, config, random, outputs: VecDeque::new() }
    }

    /// Takes what happened.
    pub fn handle(&mut self, now: Instant, input: Input) {
        let _ = (now, input, &self.settings, &self.config, &mut self.random);
    }

    /// The next thing it wants.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
}
