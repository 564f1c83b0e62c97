-- Arsip pesan. Pernyataan ketiga membaca skema yang hanya ada pada server pengembang, jadi gagal di mana pun;
-- karena tanpa transaksi, dua pernyataan pertama tertinggal dan rilis lama pun tidak dapat lagi membaca pesan.
-- transaksi: tidak

create table arsip_pesan (
    id bigint primary key,
    isi text not null
);

alter table pesan rename column isi to isi_pesan;

insert into arsip_pesan (id, isi)
select id, isi_pesan from arsip_pengembang.pesan;

alter table pesan add column diarsipkan boolean not null default false;
