module git.example.com/shop/storefront

go 1.25
