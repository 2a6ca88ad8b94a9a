module git.example.com/shop/tests

go 1.25
