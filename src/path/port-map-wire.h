/* port-map-wire.h: the datagrams of PCP (RFC 6887) and NAT-PMP (RFC 6886), as a client needs them
 *
 * Both are spoken to the same port, and told apart by the first byte: 2 is PCP, 0 NAT-PMP.
 */
#pragma once

#include "wire/addr.h"

/* Of the gateway, for both protocols (RFC 6887, 19.1). */
#define KH_PORT_MAP_PORT 5351

/* MAP request and response (RFC 6887, 7.1 and 11.1) */
#define KH_PCP_NONCE_SIZE 12
#define KH_PCP_MAP_SIZE 60
/* Longer ones are not PCP (RFC 6887, 7). */
#define KH_PCP_SIZE_MAX 1100
/* Of a response, ours to send never (RFC 6886, 3.3) */
#define KH_NAT_PMP_SIZE_MAX 16

typedef enum
{
  KH_PCP_ANNOUNCE = 0,
  KH_PCP_MAP = 1,
} KhPcpOpcode;

/* RFC 6887, 7.4 */
typedef enum
{
  KH_PCP_SUCCESS = 0,
  KH_PCP_UNSUPP_VERSION,
  KH_PCP_NOT_AUTHORIZED,
  KH_PCP_MALFORMED_REQUEST,
  KH_PCP_UNSUPP_OPCODE,
  KH_PCP_UNSUPP_OPTION,
  KH_PCP_MALFORMED_OPTION,
  KH_PCP_NETWORK_FAILURE,
  KH_PCP_NO_RESOURCES,
  KH_PCP_UNSUPP_PROTOCOL,
  KH_PCP_USER_EX_QUOTA,
  KH_PCP_CANNOT_PROVIDE_EXTERNAL,
  KH_PCP_ADDRESS_MISMATCH,
  KH_PCP_EXCESSIVE_REMOTE_PEERS,
} KhPcpResult;

typedef enum
{
  KH_NAT_PMP_ADDRESS = 0,
  KH_NAT_PMP_MAP_UDP = 1,
} KhNatPmpOpcode;

/* RFC 6886, 3.5 */
typedef enum
{
  KH_NAT_PMP_SUCCESS = 0,
  KH_NAT_PMP_UNSUPP_VERSION,
  KH_NAT_PMP_NOT_AUTHORIZED,
  KH_NAT_PMP_NETWORK_FAILURE,
  KH_NAT_PMP_NO_RESOURCES,
  KH_NAT_PMP_UNSUPP_OPCODE,
} KhNatPmpResult;

/**
 * KhPcpRequest: MAP for UDP
 * @internal: where packets shall arrive; its address is also the sender's
 * @external: what is suggested; of the same family, address and port may be 0
 * @lifetime_s: 0 deletes the mapping
 */
typedef struct
{
  guint8 nonce[KH_PCP_NONCE_SIZE];
  KhAddr internal;
  KhAddr external;
  guint32 lifetime_s;
} KhPcpRequest;

/**
 * KhPcpAnswer:
 * @version: 2; another one only with the result UNSUPP_VERSION, and then nothing below @result
 * @opcode: a #KhPcpOpcode; all from @nonce on is of MAP alone
 * @result: a #KhPcpResult, or one not known here
 * @epoch_s: the gateway's clock, which starts anew when it forgets its mappings
 * @is_udp: the protocol is UDP
 * @external: normalised
 */
typedef struct
{
  guint8 version;
  guint8 opcode;
  guint8 result;
  guint32 lifetime_s;
  guint32 epoch_s;
  guint8 nonce[KH_PCP_NONCE_SIZE];
  gboolean is_udp;
  guint16 internal_port;
  KhAddr external;
} KhPcpAnswer;

/**
 * KhNatPmpAnswer:
 * @result: where it is not 0, nothing follows @epoch_s
 * @external: ADDRESS: without a port; MAP: without an address, @external_port counts
 */
typedef struct
{
  guint8 opcode;
  guint16 result;
  guint32 epoch_s;
  KhAddr external;
  guint16 internal_port;
  guint16 external_port;
  guint32 lifetime_s;
} KhNatPmpAnswer;

gboolean kh_port_map_wire_write_pcp (KhWriter *writer, const KhPcpRequest *request);
/* Responses alone; FALSE for anything else. */
gboolean kh_port_map_wire_read_pcp (const guint8 *data, gsize len, KhPcpAnswer *ret_answer);

gboolean kh_port_map_wire_write_nat_pmp_address (KhWriter *writer);
/* To delete, @external_port and @lifetime_s are both 0. */
gboolean kh_port_map_wire_write_nat_pmp_map (KhWriter *writer,
                                             guint16 internal_port,
                                             guint16 external_port,
                                             guint32 lifetime_s);
/* Responses of the opcodes above alone; FALSE for anything else. */
gboolean kh_port_map_wire_read_nat_pmp (const guint8 *data, gsize len, KhNatPmpAnswer *ret_answer);
