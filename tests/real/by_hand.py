"""The segments of this folder once more, as a person would ask for them in DuckDB's SQL, knowing only the data.

Each statement yields the keys of one segment. They were written from the sentences of the definitions, not from what segdsl
makes of them.
"""

AS_OF = {
    "adventureworks": "2019-07-01T00:00:00Z",
    "online_retail": "2011-12-10T00:00:00Z",
    "cdnow": "1998-07-01T00:00:00Z",
}

ADVENTUREWORKS = {
    "never_bought": """
        SELECT CustomerKey FROM customers WHERE CustomerKey NOT IN (SELECT CustomerKey FROM sales)""",
    "repeat_buyers": """
        SELECT CustomerKey FROM sales GROUP BY 1 HAVING count(DISTINCT OrderNumber) >= 2""",
    "big_spenders": """
        SELECT CustomerKey FROM sales JOIN products USING (ProductKey)
        GROUP BY 1 HAVING sum(OrderQuantity * ProductPrice) >= 5000""",
    "lapsed": """
        SELECT CustomerKey FROM sales GROUP BY CustomerKey, OrderNumber
        QUALIFY max(min(OrderDate)) OVER (PARTITION BY CustomerKey) < DATE '2019-07-01' - 180""",
    "helmet_without_bike": """
        SELECT CustomerKey FROM sales JOIN products USING (ProductKey) GROUP BY 1
        HAVING bool_or(ProductSubcategoryKey = 31) AND NOT bool_or(ProductSubcategoryKey IN (1, 2, 3))""",
    "full_baskets": """
        SELECT CustomerKey FROM sales GROUP BY 1 HAVING count(*) >= 3 * count(DISTINCT OrderNumber)""",
    "young_parents": """
        SELECT CustomerKey FROM customers
        WHERE TotalChildren >= 1 AND BirthDate > DATE '2019-07-01' - INTERVAL 45 YEAR""",
    "well_off_renters": """
        SELECT CustomerKey FROM customers
        WHERE HomeOwner = 'N' AND CAST(regexp_replace(AnnualIncome, '[^0-9]', '', 'g') AS INTEGER) >= 100000""",
    "educated": """
        SELECT CustomerKey FROM customers WHERE EducationLevel IN ('Bachelors', 'Graduate Degree')""",
    "not_known_female": """
        SELECT CustomerKey FROM customers WHERE Gender <> 'F' OR Gender IS NULL""",
    "red_last_time": """
        WITH last AS (
            SELECT CustomerKey, arg_max(OrderedOn, (OrderedOn, OrderNumber)) AS day
            FROM (SELECT CustomerKey, OrderNumber, min(OrderDate) AS OrderedOn FROM sales GROUP BY 1, 2) GROUP BY 1)
        SELECT DISTINCT s.CustomerKey FROM sales s JOIN products USING (ProductKey)
        JOIN last ON last.CustomerKey = s.CustomerKey AND last.day = s.OrderDate WHERE ProductColor = 'Red'""",
    "spring_2018": """
        SELECT CustomerKey FROM sales GROUP BY 1
        HAVING min(OrderDate) BETWEEN DATE '2018-03-01' AND DATE '2018-05-31'""",
    "dear_order": """
        SELECT DISTINCT CustomerKey FROM (
            SELECT CustomerKey FROM sales JOIN products USING (ProductKey) GROUP BY CustomerKey, OrderNumber
            HAVING sum(OrderQuantity * ProductPrice) > 1000 AND count(*) >= 3)""",
    "two_territories": """
        SELECT CustomerKey FROM sales GROUP BY 1 HAVING count(DISTINCT TerritoryKey) >= 2""",
    "category_experts": """
        SELECT DISTINCT CustomerKey FROM (
            SELECT CustomerKey, rank() OVER (PARTITION BY ProductSubcategoryKey ORDER BY sum(OrderQuantity) DESC) AS place
            FROM sales JOIN products USING (ProductKey) GROUP BY CustomerKey, ProductSubcategoryKey)
        WHERE place <= 10""",
    "category_champion": """
        SELECT DISTINCT CustomerKey FROM (
            SELECT CustomerKey, rank() OVER (
                PARTITION BY ProductSubcategoryKey ORDER BY sum(OrderQuantity * CAST(ProductPrice AS DECIMAL(12, 4))) DESC) AS place
            FROM sales JOIN products USING (ProductKey) GROUP BY CustomerKey, ProductSubcategoryKey)
        WHERE place = 1""",
    "accessories_after": """
        WITH orders AS (
            SELECT CustomerKey, OrderNumber, min(OrderDate) AS day, bool_or(ProductSubcategoryKey IN (1, 2, 3)) AS bike
            FROM sales JOIN products USING (ProductKey) GROUP BY 1, 2)
        SELECT DISTINCT a.CustomerKey FROM orders a JOIN orders b USING (CustomerKey)
        WHERE a.bike AND NOT b.bike AND b.day > a.day AND b.day <= a.day + 365""",
    "bigger_next_time": """
        SELECT DISTINCT CustomerKey FROM (
            SELECT CustomerKey, total, lag(total) OVER (PARTITION BY CustomerKey ORDER BY day, OrderNumber) AS before
            FROM (SELECT CustomerKey, OrderNumber, min(OrderDate) AS day, sum(OrderQuantity * ProductPrice) AS total
                  FROM sales JOIN products USING (ProductKey) GROUP BY 1, 2))
        WHERE before < total - 0.00001""",
    "new_regulars": """
        SELECT CustomerKey FROM sales GROUP BY 1 HAVING count(DISTINCT OrderNumber) >= 2
        AND count(DISTINCT OrderNumber) FILTER (OrderDate < DATE '2019-07-01' - 182) < 2""",
}

# Of the lines with a customer: what counts, what was returned, and orders out of what counts. Pounds in thousandths.
_RETAIL = """
    WITH line AS (
        SELECT *, Quantity * CAST(round(UnitPrice * 1000) AS BIGINT) AS mills FROM transactions
        WHERE CustomerID IS NOT NULL AND InvoiceNo[1] NOT IN ('C', 'A') AND Quantity > 0),
    back AS (
        SELECT *, Quantity * CAST(round(UnitPrice * 1000) AS BIGINT) AS mills FROM transactions
        WHERE CustomerID IS NOT NULL AND InvoiceNo[1] = 'C'),
    invoice AS (
        SELECT CustomerID, InvoiceNo, min(InvoiceDate) AS placed, sum(mills) AS mills FROM line GROUP BY 1, 2)
"""

ONLINE_RETAIL = {
    name: _RETAIL + statement
    for name, statement in {
        "only_returned": """
            SELECT DISTINCT CustomerID FROM transactions
            WHERE CustomerID IS NOT NULL AND CustomerID NOT IN (SELECT CustomerID FROM invoice)""",
        "repeat_buyers": "SELECT CustomerID FROM invoice GROUP BY 1 HAVING count(*) >= 2",
        "big_accounts": "SELECT CustomerID FROM invoice GROUP BY 1 HAVING sum(mills) >= 5000000",
        "lapsed": """
            SELECT CustomerID FROM invoice GROUP BY 1
            HAVING max(placed) < TIMESTAMP '2011-12-10 00:00:00' - INTERVAL 90 DAY""",
        "large_order": "SELECT DISTINCT CustomerID FROM invoice WHERE mills >= 1000000",
        "high_average": "SELECT CustomerID FROM invoice GROUP BY 1 HAVING sum(mills) > 500000 * count(*)",
        "abroad": """
            SELECT DISTINCT CustomerID FROM line WHERE Country NOT IN ('United Kingdom', 'Unspecified')""",
        "wide_range": "SELECT CustomerID FROM line GROUP BY 1 HAVING count(DISTINCT StockCode) >= 50",
        "christmas": "SELECT DISTINCT CustomerID FROM line WHERE strpos(Description, 'CHRISTMAS') > 0",
        "summer_starters": """
            SELECT CustomerID FROM invoice GROUP BY 1
            HAVING min(placed) >= TIMESTAMP '2011-06-01 00:00:00' AND min(placed) < TIMESTAMP '2011-09-01 00:00:00'""",
        "last_order_large": """
            SELECT CustomerID FROM invoice
            QUALIFY row_number() OVER (PARTITION BY CustomerID ORDER BY placed DESC, InvoiceNo DESC) = 1 AND mills > 300000""",
        "bulk": "SELECT DISTINCT CustomerID FROM line WHERE Quantity >= 100",
        "returners": """
            SELECT bought.CustomerID FROM (SELECT CustomerID, sum(mills) AS mills FROM line GROUP BY 1) AS bought
            JOIN (SELECT CustomerID, sum(mills) AS mills FROM back GROUP BY 1) AS brought_back USING (CustomerID)
            WHERE bought.mills > 0 AND brought_back.mills * -10 > bought.mills""",
        "november": """
            SELECT CustomerID FROM invoice
            WHERE placed >= TIMESTAMP '2011-11-01 00:00:00' AND placed < TIMESTAMP '2011-12-01 00:00:00'
            GROUP BY 1 HAVING count(*) >= 2""",
        "top_tenth": """
            SELECT CustomerID FROM (
                SELECT CustomerID, rank() OVER (ORDER BY sum(mills) DESC) - 1 AS greater, count(*) OVER () AS ranked
                FROM invoice GROUP BY 1)
            WHERE greater * 100 < 10 * ranked""",
        "hundred_letters": """
            SELECT CustomerID FROM invoice GROUP BY 1
            QUALIFY row_number() OVER (ORDER BY count(*) DESC, CustomerID) <= 100""",
        "most_of_the_money": """
            SELECT a.CustomerID
            FROM (SELECT CustomerID, sum(mills) AS mills FROM invoice GROUP BY 1) AS a
            LEFT JOIN (SELECT CustomerID, sum(mills) AS mills FROM invoice GROUP BY 1) AS b ON b.mills > a.mills
            WHERE a.mills > 0
            GROUP BY a.CustomerID
            HAVING coalesce(sum(b.mills), 0) * 100 < 80 * (SELECT sum(mills) FROM invoice)""",
        "busy_quarter": """
            SELECT DISTINCT CustomerID FROM (
                SELECT CustomerID FROM invoice GROUP BY CustomerID, date_trunc('quarter', placed) HAVING count(*) >= 4)""",
        "three_months_running": """
            SELECT DISTINCT a.CustomerID FROM invoice a JOIN invoice b USING (CustomerID) JOIN invoice c USING (CustomerID)
            WHERE date_trunc('month', b.placed) = date_trunc('month', a.placed) + INTERVAL 1 MONTH
              AND date_trunc('month', c.placed) = date_trunc('month', a.placed) + INTERVAL 2 MONTH""",
        "steady": """
            SELECT CustomerID FROM invoice
            WHERE placed >= TIMESTAMP '2011-09-01 00:00:00' AND placed < TIMESTAMP '2011-12-01 00:00:00'
            GROUP BY 1 HAVING count(DISTINCT month(placed)) = 3""",
        "soon_again": """
            SELECT DISTINCT CustomerID FROM invoice
            JOIN (SELECT CustomerID, min(placed) AS first FROM invoice GROUP BY 1) USING (CustomerID)
            WHERE placed > first AND placed <= first + INTERVAL 30 DAY""",
        "gone_quiet": """
            SELECT CustomerID FROM (
                SELECT CustomerID, placed, floor(epoch(placed - lag(placed) OVER (
                    PARTITION BY CustomerID ORDER BY placed, InvoiceNo)) / 86400) AS gap FROM invoice)
            GROUP BY 1
            HAVING floor(epoch(TIMESTAMP '2011-12-10 00:00:00' - max(placed)) / 86400) > 2 * quantile_cont(gap, 0.5)""",
        "was_active": """
            SELECT CustomerID FROM invoice GROUP BY 1
            HAVING bool_or(placed >= TIMESTAMP '2011-12-10 00:00:00' - INTERVAL 120 DAY
                           AND placed < TIMESTAMP '2011-12-10 00:00:00' - INTERVAL 90 DAY)
               AND max(placed) < TIMESTAMP '2011-12-10 00:00:00' - INTERVAL 30 DAY""",
        "above_average": """
            SELECT CustomerID FROM invoice GROUP BY 1
            HAVING sum(mills) * (SELECT count(*) FROM invoice) > (SELECT sum(mills) FROM invoice) * count(*)""",
        "same_again": """
            SELECT DISTINCT CustomerID FROM (
                SELECT CustomerID FROM line GROUP BY CustomerID, StockCode
                HAVING count(DISTINCT date_trunc('month', InvoiceDate)) >= 3)""",
        "upwards": """
            SELECT DISTINCT a.CustomerID FROM invoice a JOIN invoice b USING (CustomerID)
            WHERE b.placed > a.placed AND b.mills > a.mills""",
        "product_fans": """
            SELECT DISTINCT CustomerID FROM (
                SELECT CustomerID, rank() OVER (PARTITION BY StockCode ORDER BY sum(Quantity) DESC) AS place
                FROM line GROUP BY CustomerID, StockCode)
            WHERE place <= 3""",
    }.items()
}

# Quintiles: 1 and one for each fifth of the customers who have less.
_SCORES = """,
    each AS (SELECT CustomerID, max(placed) AS last, count(*) AS orders, sum(mills) AS mills FROM invoice GROUP BY 1),
    score AS (
        SELECT CustomerID,
            1 + (5 * (rank() OVER (ORDER BY last) - 1)) // count(*) OVER () AS r,
            1 + (5 * (rank() OVER (ORDER BY orders) - 1)) // count(*) OVER () AS f,
            1 + (5 * (rank() OVER (ORDER BY mills) - 1)) // count(*) OVER () AS m
        FROM each),
    tier AS (
        SELECT CustomerID, CASE
            WHEN r >= 4 AND f >= 4 AND m >= 4 THEN 'champion'
            WHEN r >= 3 AND f >= 3 THEN 'loyal'
            WHEN r >= 4 AND f <= 2 THEN 'new'
            WHEN r <= 2 AND f >= 3 THEN 'slipping'
            ELSE 'other' END AS name
        FROM (SELECT DISTINCT CustomerID FROM transactions WHERE CustomerID IS NOT NULL) LEFT JOIN score USING (CustomerID))
"""
ONLINE_RETAIL |= {
    f"rfm.{name}": f"{_RETAIL}{_SCORES} SELECT CustomerID FROM tier WHERE name = '{name}'"
    for name in ("champion", "loyal", "new", "slipping", "other")
}

CDNOW = {
    "once": "SELECT customer_id FROM transactions GROUP BY 1 HAVING count(*) = 1",
    "loyal": "SELECT customer_id FROM transactions GROUP BY 1 HAVING count(*) >= 10",
    "lapsed": """
        SELECT customer_id FROM transactions GROUP BY 1 HAVING DATE '1998-07-01' - max(date) > 180""",
    "active_quarter": "SELECT DISTINCT customer_id FROM transactions WHERE date >= DATE '1998-01-01'",
    "big_baskets": "SELECT customer_id FROM transactions GROUP BY 1 HAVING sum(dollar_value) >= 50 * count(*)",
    "gone_after_first_month": """
        SELECT customer_id FROM transactions GROUP BY 1 HAVING count(*) >= 2 AND max(date) - min(date) <= 30""",
    "got_something_free": "SELECT DISTINCT customer_id FROM transactions WHERE dollar_value = 0",
    "many_days": "SELECT customer_id FROM transactions GROUP BY 1 HAVING count(DISTINCT date) >= 5",
    "weekend_only": """
        SELECT customer_id FROM transactions GROUP BY 1 HAVING bool_and(isodow(date) IN (6, 7))""",
    "spent_more_lately": """
        SELECT customer_id FROM transactions GROUP BY 1
        HAVING sum(dollar_value) FILTER (date >= DATE '1997-07-01') >= 200
           AND 2 * sum(dollar_value) FILTER (date >= DATE '1997-07-01') >= sum(dollar_value)""",
    "first_was_large": """
        SELECT t.customer_id FROM transactions t
        JOIN (SELECT customer_id, min(date) AS date FROM transactions GROUP BY 1) AS f
          ON f.customer_id = t.customer_id AND f.date = t.date
        GROUP BY 1 HAVING max(number_of_cds) >= 5""",
    "was_regular": """
        SELECT customer_id FROM transactions GROUP BY 1
        HAVING count(*) FILTER (date >= DATE '1998-01-01' - 182 AND date < DATE '1998-01-01') >= 3
           AND max(date) < DATE '1998-07-01' - 182""",
    "top_spenders": """
        WITH now AS (
            SELECT customer_id, rank() OVER (ORDER BY sum(dollar_value) DESC) AS place, count(*) OVER () AS everyone
            FROM transactions WHERE date < DATE '1998-07-01' GROUP BY 1 HAVING sum(dollar_value) > 0),
        before AS (
            SELECT customer_id, rank() OVER (ORDER BY sum(dollar_value) DESC) AS place, count(*) OVER () AS everyone
            FROM transactions WHERE date < DATE '1998-07-01' - 182 GROUP BY 1 HAVING sum(dollar_value) > 0)
        SELECT now.customer_id FROM now JOIN before USING (customer_id)
        WHERE (now.place - 1) * 10 < now.everyone AND (before.place - 1) * 10 < before.everyone""",
    "every_month": """
        WITH month AS (SELECT DISTINCT customer_id, year(date) * 12 + month(date) AS m FROM transactions)
        SELECT DISTINCT a.customer_id FROM month a
        WHERE (SELECT count(*) FROM month b WHERE b.customer_id = a.customer_id AND b.m BETWEEN a.m AND a.m + 3) = 4""",
}

STATEMENTS = {"adventureworks": ADVENTUREWORKS, "online_retail": ONLINE_RETAIL, "cdnow": CDNOW}
