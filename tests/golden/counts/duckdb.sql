WITH order_rows AS (
  SELECT order_id, customer_id
  FROM shop.orders
  WHERE status IN ('paid', 'shipped') AND placed_at < TIMESTAMP '2026-06-15 09:30:00'
), event_by_customer AS (
  SELECT events.customer_id, COUNT(*) AS count_event_this_week_type_view
  FROM shop.events
  WHERE events."at" < TIMESTAMP '2026-06-15 09:30:00'
    AND CASE events.type WHEN '2' THEN 'view' WHEN '6' THEN 'purchase' ELSE events.type END = 'view'
    AND events."at" < TIMESTAMP '2026-06-21 18:15:00'
    AND events."at" >= TIMESTAMP '2026-06-14 18:15:00'
  GROUP BY events.customer_id
), item_by_customer AS (
  SELECT
    order_rows.customer_id,
    SUM(TRY_CAST(CAST(items.price AS DECIMAL(19, 2)) * items.quantity AS DECIMAL(14, 2))) AS sum_amount
  FROM shop.items
  LEFT JOIN order_rows ON order_rows.order_id = items.order_id
  GROUP BY order_rows.customer_id
), flags AS (
  SELECT
    customers.customer_id,
    COALESCE(item_by_customer.sum_amount > 500, FALSE) AS big_spenders,
    COALESCE(event_by_customer.count_event_this_week_type_view >= 1, FALSE) AS viewers
  FROM shop.customers
  LEFT JOIN item_by_customer ON item_by_customer.customer_id = customers.customer_id
  LEFT JOIN event_by_customer ON event_by_customer.customer_id = customers.customer_id
  WHERE customers.created_at < TIMESTAMP '2026-06-15 09:30:00' OR customers.created_at IS NULL
), totals AS (
  SELECT
    COUNT(*) FILTER (WHERE big_spenders) AS big_spenders,
    COUNT(*) FILTER (WHERE viewers) AS viewers,
    COUNT(*) AS population
  FROM flags
)
SELECT segment, members, population
FROM totals UNPIVOT(members FOR segment IN (big_spenders, viewers))
