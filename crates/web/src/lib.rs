//! HTTP surfaces: the OAuth server (ssosp) and device configuration files.
