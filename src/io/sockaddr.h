/* sockaddr.h: KhAddr to and from the system's socket addresses */
#pragma once

#include <sys/socket.h>

#include "wire/addr.h"

/* Returns the length to pass to the system; @addr must be set. */
socklen_t kh_sockaddr_from_addr (const KhAddr *addr, struct sockaddr_storage *ret_native);
/* Normalised. FALSE where it is neither IPv4 nor IPv6. */
gboolean kh_sockaddr_to_addr (const struct sockaddr *native, KhAddr *ret_addr);
