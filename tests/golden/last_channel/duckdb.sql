WITH order_by_customer AS (
  SELECT
    orders.customer_id,
    FIRST(orders.channel ORDER BY orders.placed_at, orders.order_id) FILTER (
      WHERE orders."Total Amount" > 10
    ) AS first_channel_total_above_10,
    LAST(orders.channel ORDER BY orders.placed_at, orders.order_id) AS last_channel
  FROM shop.orders
  WHERE orders.status IN ('paid', 'shipped') AND orders.placed_at < TIMESTAMP '2026-06-15 09:30:00'
  GROUP BY orders.customer_id
)
SELECT customers.customer_id
FROM shop.customers
LEFT JOIN order_by_customer ON order_by_customer.customer_id = customers.customer_id
WHERE (customers.created_at < TIMESTAMP '2026-06-15 09:30:00' OR customers.created_at IS NULL)
  AND order_by_customer.last_channel = 'web'
  AND order_by_customer.first_channel_total_above_10 IS NULL
