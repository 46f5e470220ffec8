"""The help inside the product: the articles of docs/ by role and page, and what a field serves."""
