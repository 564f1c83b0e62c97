insert into penawaran (id, paket, nama_berkas, jalur, sha256, ukuran)
values (?, ?, ?, ?, ?, ?)
returning id
