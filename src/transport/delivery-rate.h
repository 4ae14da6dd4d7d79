/* delivery-rate.h: how fast the path delivers (draft-cheng-iccrg-delivery-rate-estimation)
 *
 * Each packet carries a mark of what had been delivered when it was sent; its ACK then says how
 * much was delivered in between, and in what time. Bytes are those of payloads.
 */
#pragma once

#include <glib.h>

/* What a packet remembers; part of the ledger, so it is kept small. */
typedef struct
{
  guint64 delivered;        /* bytes over all time, when it was sent */
  guint64 lost;             /* bytes over all time, when it was sent */
  guint32 delivered_ago_us; /* before it was sent, the newest delivery */
  guint32 first_ago_us;     /* before it was sent, the first packet of its flight */
  guint32 in_flight;        /* bytes, itself included */
  gboolean is_app_limited;
} KhDeliveryMark;

typedef struct
{
  guint64 delivered; /* bytes over all time */
  guint64 lost;      /* bytes over all time; declared lost */
  gint64 delivered_us;
  gint64 first_sent_us; /* of the flight being measured */
  guint64
      app_limited_until; /* until so much is delivered, samples are app-limited; 0: they are not */
} KhDeliveryRate;

/**
 * KhDeliverySample: what one ACK shows
 * @rate: bytes a second; 0 if it shows none
 * @delivered: bytes delivered in the interval of @rate
 * @lost: bytes declared lost in it
 * @prior_delivered: when the newest packet was sent, this was delivered
 * @in_flight: when the newest packet was sent
 * @is_app_limited: the application, not the path, may have set @rate
 */
typedef struct
{
  gboolean has_packet;
  guint64 rate;
  guint64 delivered;
  guint64 lost;
  guint64 prior_delivered;
  gsize in_flight;
  gboolean is_app_limited;

  gint64 newest_sent_us;
  gint64 send_elapsed_us;
  gint64 prior_us;
} KhDeliverySample;

/* @in_flight: before it */
KhDeliveryMark
kh_delivery_rate_on_sent (KhDeliveryRate *self, gsize bytes, gsize in_flight, gint64 now_us);
/* For each packet newly acknowledged, in any order; @sample begins as zeroes. */
void kh_delivery_rate_on_acked (KhDeliveryRate *self,
                                KhDeliverySample *sample,
                                const KhDeliveryMark *mark,
                                gsize bytes,
                                gint64 sent_us,
                                gint64 now_us);
void kh_delivery_rate_on_lost (KhDeliveryRate *self, gsize bytes);
/* At the end of the ACK. @min_rtt_us: the least ever seen; 0 if unknown */
void kh_delivery_rate_finish (KhDeliveryRate *self, KhDeliverySample *sample, gint64 min_rtt_us);
/* The application had nothing more to send while the window had room. */
void kh_delivery_rate_on_app_limited (KhDeliveryRate *self, gsize in_flight);
