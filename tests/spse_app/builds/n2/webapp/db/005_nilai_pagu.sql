-- Nama kolom mengikuti istilah baru. Rilis sebelumnya TIDAK dapat membaca skema ini.
-- transaksi: ya

alter table paket rename column pagu to nilai_pagu;
