insert into pesan (nama, isi)
values (?, ?)
returning id
