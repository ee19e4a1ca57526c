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
    }.items()
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
}

STATEMENTS = {"adventureworks": ADVENTUREWORKS, "online_retail": ONLINE_RETAIL, "cdnow": CDNOW}
