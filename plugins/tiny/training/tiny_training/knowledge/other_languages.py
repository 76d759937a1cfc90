"""Capitals and tips in Spanish and Chinese."""

from .tables import outline, pairs

#: Country -> capital.
SPANISH_CAPITALS = pairs(
    """
Francia|París
Alemania|Berlín
España|Madrid
Italia|Roma
Portugal|Lisboa
Grecia|Atenas
Japón|Tokio
China|Pekín
México|Ciudad de México
Perú|Lima
Chile|Santiago
Argentina|Buenos Aires
Egipto|El Cairo
Cuba|La Habana
Colombia|Bogotá
Rusia|Moscú
"""
)
CHINESE_CAPITALS = pairs(
    """
法国|巴黎
德国|柏林
西班牙|马德里
意大利|罗马
日本|东京
中国|北京
英国|伦敦
美国|华盛顿
埃及|开罗
泰国|曼谷
韩国|首尔
俄罗斯|莫斯科
希腊|雅典
葡萄牙|里斯本
"""
)
SPANISH_TIPS = outline(
    """
dormir mejor
  Acuéstate a la misma hora.
  Evita las pantallas por la noche.
  Mantén la habitación oscura.
ahorrar dinero
  Haz un presupuesto.
  Cocina en casa.
  Compara los precios.
aprender inglés
  Practica todos los días.
  Escucha canciones.
  Habla con otras personas.
reducir el estrés
  Respira despacio.
  Sal a caminar.
  Duerme lo suficiente.
comer mejor
  Come más verduras.
  Bebe más agua.
  Evita los dulces.
leer más
  Lleva siempre un libro.
  Lee diez páginas cada noche.
  Apaga la televisión.
"""
)
CHINESE_TIPS = outline(
    """
睡得更好
  每天同一时间睡觉。
  睡前不要看手机。
  保持房间安静。
学好英语
  每天练习。
  多听英文歌。
  和朋友说英语。
节省时间
  写下每天的计划。
  先做重要的事。
  减少看手机的时间。
保持健康
  多吃蔬菜。
  每天运动。
  多喝水。
节约用钱
  记录每天的花费。
  多在家做饭。
  比较价格再买。
"""
)
