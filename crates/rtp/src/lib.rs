//! RTP packets (RFC 3550), SRTP (RFC 3711), G.711 and telephone events.
