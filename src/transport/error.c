/* error.c: the names of transport errors (RFC 9000, section 20.1)
 *
 * Owns nothing.
 */
#include "transport/error.h"

const char *
kh_transport_error_to_string (KhTransportError error)
{
  switch (error)
    {
    case KH_TRANSPORT_OK:
      return "no error";
    case KH_TRANSPORT_FLOW_CONTROL_ERROR:
      return "flow control error";
    case KH_TRANSPORT_STREAM_LIMIT_ERROR:
      return "stream limit error";
    case KH_TRANSPORT_STREAM_STATE_ERROR:
      return "stream state error";
    case KH_TRANSPORT_FINAL_SIZE_ERROR:
      return "final size error";
    case KH_TRANSPORT_PROTOCOL_VIOLATION:
      return "protocol violation";
    case KH_TRANSPORT_KEY_UPDATE_ERROR:
      return "key update error";
    default:
      return "unknown error";
    }
}
