WITH item_by_order AS (
  SELECT items.order_id, COUNT(*) AS count_item_quantity_from_12_category_razor
  FROM shop.items
  LEFT JOIN shop.products ON products.product_id = items.product_id
  WHERE products.category = 'razor' AND items.quantity >= 12
  GROUP BY items.order_id
), order_by_customer AS (
  SELECT orders.customer_id, COUNT(*) AS count_order_any_item_quantity_from_12_category_razor
  FROM shop.orders
  LEFT JOIN item_by_order ON item_by_order.order_id = orders.order_id
  WHERE orders.status IN ('paid', 'shipped')
    AND orders.placed_at < TIMESTAMP '2026-06-15 09:30:00'
    AND item_by_order.count_item_quantity_from_12_category_razor >= 1
  GROUP BY orders.customer_id
)
SELECT customers.customer_id
FROM shop.customers
LEFT JOIN order_by_customer ON order_by_customer.customer_id = customers.customer_id
WHERE (customers.created_at < TIMESTAMP '2026-06-15 09:30:00' OR customers.created_at IS NULL)
  AND order_by_customer.count_order_any_item_quantity_from_12_category_razor >= 1
