/* test-gateway.c: the kernel's tables as text, and as this machine has them */
#include "io/gateway.h"
#include "io/upnp.h"

#include <glib/gstdio.h>

#define HEADER \
  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
#define ZERO "00000000000000000000000000000000"
#define FE80_1 "fe800000000000000000000000000001"
#define GLOBAL_1 "20010db8000000000000000000000001"

/* The kernel prints addresses as numbers of this machine. */
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define GATEWAY_1 "0101A8C0"
#define GATEWAY_2 "0102A8C0"
#define HALF "00000080"
#else
#define GATEWAY_1 "C0A80101"
#define GATEWAY_2 "C0A80201"
#define HALF "80000000"
#endif

static void
assert_gateway (KhFamily family, const char *routes, const char *expected)
{
  KhAddr gateway = { 0 };
  KhAddr wanted = { 0 };

  if (expected == NULL)
    {
      g_assert_false (kh_gateway_parse (family, routes, &gateway));
      return;
    }
  g_assert_true (kh_addr_parse (expected, 0, &wanted));
  g_assert_true (kh_gateway_parse (family, routes, &gateway));
  gateway.scope_id = 0;
  g_assert_true (kh_addr_equal (&gateway, &wanted));
}

static void
test_ipv4 (void)
{
  assert_gateway (KH_FAMILY_IPV4,
                  HEADER "eth0\t00000000\t" GATEWAY_1 "\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
                         "eth0\t" GATEWAY_1 "\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n",
                  "192.168.1.1");
  /* The lower metric, wherever it stands */
  assert_gateway (KH_FAMILY_IPV4,
                  HEADER "wlan0\t00000000\t" GATEWAY_2 "\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
                         "eth0\t00000000\t" GATEWAY_1 "\t0003\t0\t0\t100\t00000000\t0\t0\t0\n",
                  "192.168.1.1");
  /* Down, rejecting, and not there */
  assert_gateway (KH_FAMILY_IPV4,
                  HEADER "eth0\t00000000\t" GATEWAY_1 "\t0002\t0\t0\t0\t00000000\t0\t0\t0\n"
                         "eth0\t00000000\t" GATEWAY_1 "\t0203\t0\t0\t0\t00000000\t0\t0\t0\n",
                  NULL);
  assert_gateway (KH_FAMILY_IPV4, HEADER, NULL);
  assert_gateway (KH_FAMILY_IPV4, "", NULL);
  assert_gateway (KH_FAMILY_IPV4, "eth0\t0000", NULL);
}

static void
test_ipv4_vpn (void)
{
  /* A VPN's two halves lie over the default route, without a gateway and with one. */
  assert_gateway (KH_FAMILY_IPV4,
                  HEADER "eth0\t00000000\t" GATEWAY_1 "\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                         "tun0\t00000000\t00000000\t0001\t0\t0\t50\t" HALF "\t0\t0\t0\n",
                  NULL);
  assert_gateway (KH_FAMILY_IPV4,
                  HEADER "eth0\t00000000\t" GATEWAY_1 "\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                         "tun0\t00000000\t" GATEWAY_2 "\t0003\t0\t0\t50\t" HALF "\t0\t0\t0\n",
                  "192.168.2.1");
  assert_gateway (KH_FAMILY_IPV4,
                  HEADER "eth0\t00000000\t" GATEWAY_1 "\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
                         "wg0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0\n",
                  NULL);
}

static void
test_ipv6 (void)
{
  KhAddr gateway;

  g_assert_true (kh_gateway_parse (KH_FAMILY_IPV6,
                                   ZERO " 00 " ZERO " 00 " FE80_1 " 00000400 00000001 00000000 "
                                        "00000003       lo\n",
                                   &gateway));
  g_assert_true (kh_addr_is_link_local (&gateway));
  g_assert_cmpuint (gateway.scope_id, >, 0);
  /* What every machine has at the end of its table */
  assert_gateway (KH_FAMILY_IPV6,
                  ZERO " 00 " ZERO " 00 " ZERO " ffffffff 00000001 00000000 00200200       lo\n",
                  NULL);
  assert_gateway (KH_FAMILY_IPV6,
                  GLOBAL_1 " 80 " ZERO " 00 " ZERO " 00000000 00000002 00000000 80200001 lo\n" ZERO
                           " 00 " ZERO " 00 " FE80_1 " 00000400 00000001 00000000 00000003 lo\n"
                           "20000000000000000000000000000000 03 " ZERO " 00 " GLOBAL_1
                           " 00000800 00000001 00000000 00000003 tun0\n",
                  "2001:db8::1");
  assert_gateway (KH_FAMILY_IPV6,
                  "fc000000000000000000000000000000 07 " ZERO " 00 " GLOBAL_1
                  " 00000100 00000001 00000000 00000003 eth0\n",
                  NULL);
  assert_gateway (KH_FAMILY_IPV6, ZERO " 00 " ZERO " 00 fe80 0 0 0 3 eth0\n", NULL);
}

static void
test_list (void)
{
  g_autofree char *folder = g_dir_make_tmp ("kh-gateway-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "route", NULL);
  /* 127.0.0.1, which is reached from itself on every machine */
  g_autofree char *routes =
      g_strdup_printf (HEADER "lo\t00000000\t%08X\t0003\t0\t0\t0\t00000000\t0\t0\t0\n",
                       GUINT32_FROM_BE (0x7f000001u));
  KhGateway gateways[KH_GATEWAYS_MAX];

  g_assert_cmpuint (kh_gateway_list (folder, 4430, 4430, gateways), ==, 0);
  g_assert_true (g_file_set_contents (path, routes, -1, NULL));
  g_assert_cmpuint (kh_gateway_list (folder, 4430, 4430, gateways), ==, 1);
  g_assert_true (kh_addr_is_loopback (&gateways[0].gateway));
  g_assert_true (kh_addr_is_loopback (&gateways[0].local));
  g_assert_cmpuint (gateways[0].local.port, ==, 4430);
  g_assert_cmpuint (kh_gateway_list (folder, 0, 4430, gateways), ==, 0);
  g_unlink (path);
  g_rmdir (folder);
  /* Whatever this machine has */
  g_assert_cmpuint (kh_gateway_list (NULL, 4430, 4430, gateways), <=, KH_GATEWAYS_MAX);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
assert_upnp_error (const KhAddr *internal, GCancellable *cancellable, int code)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  kh_upnp_map_async (internal, NULL, cancellable, on_done, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (kh_upnp_map_finish (result, &error));
  g_assert_error (error, G_IO_ERROR, code);
}

/* With a router: the laboratory's `port-map`. */
static void
test_upnp (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  KhAddr ipv4 = kh_addr_ipv4 (127, 0, 0, 1, 4430), ipv6 = { .family = KH_FAMILY_IPV6 };

  g_cancellable_cancel (cancellable);
  assert_upnp_error (&ipv6, NULL, G_IO_ERROR_NOT_SUPPORTED);
  assert_upnp_error (&ipv4, cancellable,
                     kh_upnp_is_available () ? G_IO_ERROR_CANCELLED : G_IO_ERROR_NOT_SUPPORTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gateway/ipv4", test_ipv4);
  g_test_add_func ("/gateway/ipv4/vpn", test_ipv4_vpn);
  g_test_add_func ("/gateway/ipv6", test_ipv6);
  g_test_add_func ("/gateway/list", test_list);
  g_test_add_func ("/upnp/errors", test_upnp);
  return g_test_run ();
}
