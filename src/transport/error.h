/* error.h: why a connection ends (the codes of CLOSE: PROTOCOL.md, "Sessions")
 *
 * The values up to 0xff are those of RFC 9000, section 20.1, and go on the wire. Those who use a
 * connection choose their own codes from KH_TRANSPORT_APPLICATION on.
 */
#pragma once

#include <glib.h>

typedef enum
{
  KH_TRANSPORT_OK = 0x00,
  /* more data than the window allows */
  KH_TRANSPORT_FLOW_CONTROL_ERROR = 0x03,
  /* more streams than MAX_STREAMS allows */
  KH_TRANSPORT_STREAM_LIMIT_ERROR = 0x04,
  /* a frame for a stream of ours that we never opened */
  KH_TRANSPORT_STREAM_STATE_ERROR = 0x05,
  /* the end of a stream moved, or data lies behind it */
  KH_TRANSPORT_FINAL_SIZE_ERROR = 0x06,
  /* an ACK of what was never sent, or a stream in more pieces than any sender makes */
  KH_TRANSPORT_PROTOCOL_VIOLATION = 0x0a,
  /* the session's keys were not renewed, or not in a way that could be followed */
  KH_TRANSPORT_KEY_UPDATE_ERROR = 0x0e,
} KhTransportError;

#define KH_TRANSPORT_APPLICATION 0x100

const char *kh_transport_error_to_string (KhTransportError error);
