module git.example.com/shop/cart

go 1.25
