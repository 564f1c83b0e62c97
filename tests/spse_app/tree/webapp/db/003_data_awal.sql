-- Pengguna bawaan (kata sandi: rahasia-<nama>) dan tiga paket contoh dengan jadwalnya.
-- transaksi: tidak

insert into pengguna (nama, peran, kata_sandi) values
    ('panitia', 'panitia', 'pbkdf2-sha256$60000$7t9+wgyahnXEsQdJ$fhiiGiUkKs9OZScJD56+e1ga2/TEtjHgUxIJRyo6nf4='),
    ('penyedia-1', 'penyedia', 'pbkdf2-sha256$60000$f2s4eVNMFLNHEfFK$EcR+Wq8wlZ9xELjtVjjKav44DIoMy14bBk5GgIW0GUI='),
    ('penyedia-2', 'penyedia', 'pbkdf2-sha256$60000$DuXyO/MeuYLavbSq$ZgfhhMRsxkHSZCZke6lYKCE9IjPlxRlemVe42cTunWU='),
    ('penyedia-3', 'penyedia', 'pbkdf2-sha256$60000$JWHK5HZENsu4mbdM$IJBESXvrcqflVXlIjuo/e42RdIxh/FskyW+sNxlumpY='),
    ('penyedia-4', 'penyedia', 'pbkdf2-sha256$60000$ECcOM9nf4kZN9EVJ$SIvt0GO6Et1q9O4HvOhJEK4WusZEjqt/agvdefWEHgk='),
    ('penyedia-5', 'penyedia', 'pbkdf2-sha256$60000$EzB0be+b0o/nLN/D$dyIgvHhJIfFg5ptwtFuq0yNq4eI0kPJ+2CU4GkAbXmE=');

insert into paket (kode, nama, satuan_kerja, pagu, tahapan, batas_penawaran) values
    ('10001', 'Pembangunan Gedung Puskesmas Pembantu', 'Dinas Kesehatan', 2450000000, 4, '2026-02-20 08:00+07'),
    ('10002', 'Pemeliharaan Jalan Ruas Kota; Tahap II', 'Dinas Pekerjaan Umum', 7800000000, 2, '2026-03-06 08:00+07'),
    ('10003', 'Pengadaan Alat Peraga Sekolah Dasar', 'Dinas Pendidikan', 615000000, 6, '2026-02-12 08:00+07');

-- Tahapan lelang menurut SLA; tahap 4 (pemasukan penawaran) berakhir pada batas penawaran.
insert into jadwal (paket, tahapan, nama, mulai, selesai)
select paket.id, tahap.nomor, tahap.nama,
       paket.batas_penawaran + (tahap.nomor - 4) * interval '2 days' - interval '40 hours',
       paket.batas_penawaran + (tahap.nomor - 4) * interval '2 days'
from paket
cross join unnest(array[
    'Pengumuman', 'Pendaftaran', 'Penjelasan', 'Pemasukan Penawaran', 'Pembukaan Penawaran', 'Evaluasi Penawaran',
    'Evaluasi Kualifikasi', 'Pembuktian', 'Penetapan Pemenang', 'Pengumuman Pemenang', 'Masa Sanggah', 'SPPBJ'
]) with ordinality as tahap (nama, nomor);
