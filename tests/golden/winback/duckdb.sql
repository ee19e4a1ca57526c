WITH event_by_customer AS (
  SELECT events.customer_id, COUNT(*) AS count_event_last_30_days
  FROM shop.events
  WHERE events."at" < TIMESTAMP '2026-06-15 09:30:00' AND events."at" >= TIMESTAMP '2026-05-16 09:30:00'
  GROUP BY events.customer_id
), order_by_customer AS (
  SELECT
    customer_id,
    COUNT(*) AS count_order,
    COUNT(*) FILTER (WHERE placed_at >= TIMESTAMP '2026-03-17 09:30:00') AS count_order_last_90_days
  FROM shop.orders
  WHERE status IN ('paid', 'shipped') AND placed_at < TIMESTAMP '2026-06-15 09:30:00'
  GROUP BY customer_id
)
SELECT
  customers.customer_id,
  COALESCE(
    order_by_customer.count_order >= 1 AND COALESCE(order_by_customer.count_order_last_90_days, 0) = 0,
    FALSE
  ) AS lapsed,
  COALESCE(
    order_by_customer.count_order >= 1
    AND COALESCE(order_by_customer.count_order_last_90_days, 0) = 0
    AND event_by_customer.count_event_last_30_days >= 1,
    FALSE
  ) AS winback
FROM shop.customers
LEFT JOIN event_by_customer ON event_by_customer.customer_id = customers.customer_id
LEFT JOIN order_by_customer ON order_by_customer.customer_id = customers.customer_id
WHERE customers.created_at < TIMESTAMP '2026-06-15 09:30:00' OR customers.created_at IS NULL
