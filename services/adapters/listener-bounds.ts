/** Unconfirmed publishes of one session; told to MQTT 5 clients, kept from all by not reading on. */
export const RECEIVE_MAXIMUM = 4096
/** Topic aliases a client may set. */
export const ALIASES = 10
/** Largest packet before CONNACK, bytes. */
export const FIRST_PACKET = 4096
/** Time for CONNECT, and for the peer to close after us, ms. */
export const PATIENCE = 5000
/** Unsent output from which QoS 0 feedback is dropped, bytes. */
export const ROOMY = 65_536

/** Why a socket is not read; it is read again when none is left. */
export const PAUSE = {
  congested: 1,
  rate: 2,
  unacknowledged: 4,
  unsent: 8,
  verifying: 16,
  stopping: 32,
} as const
