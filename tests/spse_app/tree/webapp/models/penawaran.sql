select nama_berkas, jalur
from penawaran
where id = ?
