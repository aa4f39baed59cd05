//! The alarm that a REGISTER carries in Reason: why the phone was out of service before.

use std::fmt;

use crate::settings::Settings;

/// Why the phone was out of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alarm {
    /// The node did not take the connection.
    ConnectionTimeout,
    /// The node closed the connection.
    ClosedByNode,
    /// No answer came to a REGISTER.
    RegistrationTimeout,
    /// The phone moves to a node of higher priority.
    HigherPriorityNode,
    /// The node refused the registration.
    Rejected,
    /// The phone has just started.
    Initialized,
    /// The user had unregistered.
    ApplicationRequested,
}

impl Alarm {
    /// The number and the text that go with it. Our choice: the texts of 10, 17, 18 and 24.
    fn code(self) -> (u8, &'static str) {
        match self {
            Self::ConnectionTimeout => (10, "tcp-timeout"),
            Self::ClosedByNode => (14, "cm-closed-tcp"),
            Self::RegistrationTimeout => (17, "registration-timeout"),
            Self::HigherPriorityNode => (18, "higher-priority-node"),
            Self::Rejected => (24, "registration-rejected"),
            Self::Initialized => (25, "initialized"),
            Self::ApplicationRequested => (111, "Application-Requested-Destroy"),
        }
    }

    /// The value of Reason.
    pub(crate) fn reason(self, settings: &Settings) -> impl fmt::Display {
        let (number, last) = self.code();
        let Settings { device_name, software_version, .. } = settings;
        format!(
            "SIP;cause=200;text=\"cisco-alarm:{number} Name={device_name} ActiveLoad={software_version} \
             InactiveLoad={software_version} Last={last}\""
        )
    }
}
