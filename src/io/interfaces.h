/* interfaces.h: the addresses that this machine can be reached at */
#pragma once

#include "wire/addr.h"

#define KH_INTERFACES_MAX 16

/**
 * kh_interfaces_list:
 * @port_ipv4, @port_ipv6: written into each address; a family whose port is 0 is left out
 * @with_loopback: whether loopback addresses are wanted too
 *
 * The addresses of all interfaces that are up, both families, without link-local ones, which mean
 * nothing on another machine. Where there are no others, loopback addresses are given even if they
 * are not wanted, so that two programs on a machine without a network can talk.
 *
 * Returns: how many, at most KH_INTERFACES_MAX
 */
gsize kh_interfaces_list (guint16 port_ipv4,
                          guint16 port_ipv6,
                          gboolean with_loopback,
                          KhAddr ret_addrs[KH_INTERFACES_MAX]);
