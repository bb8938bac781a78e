module pie

go 1.24
