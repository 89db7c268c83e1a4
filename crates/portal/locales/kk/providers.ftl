# The providers of the service and their contacts.
providers-title = Қызметті берушілер
providers-text = Бұл мемлекеттік қызметті астананың, республикалық маңызы бар қалалардың білім басқармалары, аудандар мен облыстық маңызы бар қалалардың білім бөлімдері көрсетеді. Сұрауды портал арқылы беріңіз: органға барудың қажеті жоқ.
providers-address = Мекенжайы
providers-phone = Телефоны
providers-email = Электрондық поштасы
providers-hours = Қабылдау уақыты
providers-head = Басшысы
providers-codes = БСН, ӘАОЖ коды
providers-former = Бұрынғы органдар
providers-former-until = { $name } ({ $day } күніне дейін)
